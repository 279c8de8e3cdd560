import * as library from "../../src/index.ts";
import type { Run } from "../../src/training/run.ts";
import { DISPLAY, LIVE } from "./bundle.ts";
import type { Execution } from "./execution.ts";
import { addRun, addSweep, addSweepRun } from "./runs.ts";
import { keepTimers } from "./timers.ts";

/** `alright-ts` as cells import it: the library itself, whose runs the session knows and can show. */
export * from "../../src/index.ts";

export const train: typeof library.train = (specification, options) =>
  known(keepTimers(() => library.train(specification, options)));

export const resumeRun: typeof library.resumeRun = (directoryOrId, options) =>
  known(keepTimers(() => library.resumeRun(directoryOrId, options)));

// A sweep's runs go on with its own timers, whatever becomes of the cell.
export const sweep: typeof library.sweep = (input, options) =>
  addSweep(keepTimers(() => library.sweep(input, withRuns(options))));

export const resumeSweep: typeof library.resumeSweep = (directoryOrId, options) =>
  addSweep(keepTimers(() => library.resumeSweep(directoryOrId, withRuns(options))));

/** The session can steer and stop a sweep's runs while they go on. */
function withRuns(options: library.SweepOptions = {}): library.SweepOptions {
  return {
    ...options,
    onRun(run) {
      addSweepRun(run);
      options.onRun?.(run);
    },
  };
}

/** A run as a cell's result shows where it stands; `display(run)` follows it to its end. */
function known(run: Run): Run {
  addRun(run);
  return Object.assign(run, {
    [DISPLAY]: async () => {
      const { staticBundle } = await import("../magics/live-plot.ts");
      return (await staticBundle([run])).data;
    },
    [LIVE]: async (execution: Execution) => {
      const { LivePlot } = await import("../magics/live-plot.ts");
      void keepTimers(() => new LivePlot(execution, [run], {}).untilDone());
    },
  });
}
