import {
  type Executor,
  localExecutor,
  rayExecutor,
  type Sweep,
  type SweepInput,
  slurmExecutor,
} from "../../src/index.ts";
import { type Execution, Interrupted } from "../runtime/execution.ts";
import { resumeSweep, sweep } from "../runtime/library.ts";
import { cellMethods } from "./cell-method.ts";
import { cellObjectives } from "./cell-objective.ts";
import { type Call, MagicError } from "./magic.ts";
import { SweepPlot } from "./sweep-plot.ts";

type Options = Call["options"];

export function startSweep(input: SweepInput, options: Options, execution: Execution): Promise<Sweep> {
  return followSweep(sweep(input, common(options)), options, execution);
}

export function resume(options: Options, execution: Execution): Promise<Sweep> {
  return followSweep(resumeSweep(options.resume as string, common(options)), options, execution);
}

function common(options: Options) {
  const executor = executorOf(options);
  return {
    methods: [...new Set(cellMethods().values())],
    objectives: [...new Set(cellObjectives().values())],
    ...(options.runs === undefined ? {} : { runs: options.runs as string }),
    ...(options.retries === undefined ? {} : { retries: options.retries as number }),
    ...(executor ? { executor } : {}),
  };
}

function executorOf({ executor = "local", processes, slots, threads }: Options): Executor | null {
  const at = slots === undefined ? {} : { slots: slots as number };
  const cpus = typeof threads === "number" ? { cpus: threads } : {};
  if (executor !== "local" && processes !== undefined)
    throw new MagicError(
      `%sweep: processes= is about this machine; slots= says how many runs ${executor} gets at a time`,
    );
  if (executor === "ray") return rayExecutor({ ...at, ...cpus });
  if (executor === "slurm") return slurmExecutor({ ...at, ...cpus });
  if (slots !== undefined) throw new MagicError("%sweep: slots= is about clusters; give processes=");
  if (processes === undefined && typeof threads !== "number") return null;
  return localExecutor({
    ...(processes === undefined ? {} : { processes: processes as number }),
    ...(typeof threads === "number" ? { threads } : {}),
  });
}

/** Waits for a sweep, its front live. An interrupt pauses it, its runs at their checkpoints, and ends the cell. */
async function followSweep(of: Sweep, { background }: Options, execution: Execution): Promise<Sweep> {
  const plot = new SweepPlot(execution, of);
  if (background === true) {
    void of.done.then((summary) => plot.finish(summary)).catch(() => {});
    return of;
  }
  const interrupted = new Promise<"interrupted">((resolve) => {
    if (execution.signal.aborted) resolve("interrupted");
    execution.signal.addEventListener("abort", () => resolve("interrupted"), { once: true });
  });
  if ((await Promise.race([of.done, interrupted])) === "interrupted") {
    await of.pause();
    await plot.finish(of.snapshot());
    throw new SweepPaused(of);
  }
  const summary = await of.done;
  await plot.finish(summary);
  for (const { run, error } of summary.failures) process.stderr.write(`run ${run} failed: ${error}\n`);
  return of;
}

/** A cell was interrupted and its sweep is paused; the message says how to go on. */
class SweepPaused extends Interrupted {
  override readonly name = "SweepPaused";
  constructor({ id }: Sweep) {
    super(`sweep ${id} is paused; %sweep resume=${id} goes on with it`);
    this.stack = "";
  }
}
