import type { Run } from "../../src/training/run.ts";
import { type Execution, Interrupted } from "../runtime/execution.ts";
import { pauseInterrupted } from "../runtime/runs.ts";
import type { LivePlot } from "./live-plot.ts";

/**
 * Waits for a run, its plot live. An interrupt pauses the run between two steps and ends the cell.
 * @throws RunPaused after an interrupt; the run's error when it failed
 */
export async function foreground(run: Run, plot: LivePlot, execution: Execution): Promise<Run> {
  const interrupted = new Promise<"interrupted">((resolve) => {
    if (execution.signal.aborted) resolve("interrupted");
    execution.signal.addEventListener("abort", () => resolve("interrupted"), { once: true });
  });
  try {
    const first = await Promise.race([run.done, interrupted]);
    if (first === "interrupted") throw await pauseInterrupted(execution, new Interrupted());
    return run;
  } finally {
    await plot.finish();
  }
}
