import { resolve } from "node:path";
import { localExecutor } from "../executors/local.ts";
import { liveOwner } from "../runs/owner.ts";
import { SweepError } from "./error.ts";
import type { Sweep, SweepOptions } from "./options.ts";
import { parsedAt, planSweep, type SweepInput } from "./plan.ts";
import { createSweepDirectory, findSweepDirectory, type SweepRecord } from "./record.ts";
import { Scheduler } from "./scheduler.ts";

export type { Sweep, SweepOptions };

/**
 * Starts a sweep: many runs of one base. What they share (the reference policy's log-probabilities, f*) is computed once.
 * @throws SweepError or SpecificationError before anything is written, where a run of it could not begin
 */
export function sweep(input: SweepInput, options: SweepOptions = {}): Sweep {
  const { runs = "runs", executor = localExecutor(), methods = [], objectives = [] } = options;
  const planned = planSweep(input, { methods, objectives });
  const parts = {
    ...planned,
    workingDirectory: process.cwd(),
    runs: resolve(runs),
    threads: executor.threads,
    executor: executor.name,
  };
  const probe: SweepRecord = { id: "", created: "", ...parts };
  const count = planned.list?.length ?? planned.points.length;
  for (let index = 0; index < count; index++) {
    const { method, objectives: losses } = parsedAt(probe, planned.points, index, { methods, objectives });
    if (executor.own) continue;
    const names = [method.name, losses.dpo.loss, losses.sft.loss];
    const outside = [...methods, ...objectives].find(({ name }) => names.includes(name));
    if (outside)
      throw new SweepError(
        `${JSON.stringify(outside.name)} is defined in this process, and can't train on ${executor.name}; a built-in method or loss can`,
      );
  }
  const { directory, record } = createSweepDirectory(parts);
  return new Scheduler(directory, record, [], executor, options);
}

/**
 * Goes on with a sweep that was paused, or whose process was killed: finished runs are not repeated, half-done ones go on
 * from their last checkpoint, failed ones are tried again.
 * @throws SweepError where no sweep is, or another process is at it
 */
export function resumeSweep(directoryOrId: string, options: SweepOptions = {}): Sweep {
  const { runs = "runs", executor } = options;
  const directory = findSweepDirectory(directoryOrId, runs);
  const owner = liveOwner(directory.owner);
  if (owner !== null) throw new SweepError(`sweep ${directory.path} is at work now (process ${owner})`);
  const record = directory.read();
  const threads = record.threads ?? undefined;
  return new Scheduler(
    directory,
    record,
    directory.readJournal(),
    executor ?? localExecutor(threads === undefined ? {} : { threads }),
    options,
  );
}
