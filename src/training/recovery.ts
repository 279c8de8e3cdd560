import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RunDirectory } from "../runs/directory.ts";
import { RunStoreError } from "../runs/error.ts";
import { digestOfLines, readIntactEvents } from "../runs/event-log.ts";
import { type Checkpoint, type CheckpointState, checkpointSteps, readState } from "./checkpoint.ts";
import { damageOf } from "./digests.ts";

/** Where a run goes on. */
export interface Recovery {
  /** Null: from its beginning. */
  readonly checkpoint: Checkpoint | null;
  /** What was lost to damage, in words; null where nothing was. */
  readonly lost: string | null;
}

/**
 * The newest checkpoint that is as it was written, with the events up to it.
 * @throws RunStoreError naming the files, where there are checkpoints and all are damaged; nothing is changed then
 */
export function recover(directory: RunDirectory): Recovery {
  const steps = checkpointSteps(directory.checkpoints);
  const damage: string[] = [];
  for (const step of steps) {
    const place = join(directory.checkpoints, String(step));
    const files = damageOf(place);
    const state = files === null ? readState(place) : null;
    const events = state && damageOfEvents(directory.events, state);
    if (state && events === null)
      return { checkpoint: { directory: place, state }, lost: inWords(damage, steps[0]!, step) };
    damage.push((files ?? events)!);
  }
  if (steps.length === 0) return { checkpoint: null, lost: null };
  throw new RunStoreError(
    `run ${directory.readRecord().id} can't be resumed, since none of its checkpoints is as it was written: ${damage.join("; ")}. Nothing was changed: put copies of these files back, or start a new run`,
  );
}

function inWords(damage: readonly string[], newest: number, step: number): string | null {
  if (damage.length === 0) return null;
  const again = newest === step + 1 ? `step ${newest}` : `steps ${step + 1} to ${newest}`;
  return `the newest checkpoint is damaged (${damage.join("; ")}): gone on from that of step ${step}, ${again} made again`;
}

/** What of the events up to a checkpoint is not as it was written. */
function damageOfEvents(file: string, { events, eventsDigest }: CheckpointState): string | null {
  const digest = digestOfLines(file, events);
  if (digest === null) return `${file} has fewer lines than the ${events} up to its step`;
  const { broken } = readIntactEvents(file);
  if (broken !== null && broken <= events) return `${file}:${broken} is not an event`;
  if (eventsDigest === null || digest === eventsDigest) return null;
  return `${file} is not as it was written in its first ${events} lines`;
}

/** Removes what a kill left half written. To be called by the run's owner alone. */
export function removeHalfWritten({ path, checkpoints, final }: RunDirectory): void {
  const before = `${final}.old.tmp`;
  if (existsSync(before) && !existsSync(final)) renameSync(before, final);
  for (const place of [path, checkpoints]) {
    if (!existsSync(place)) continue;
    for (const name of readdirSync(place))
      if (name.endsWith(".tmp")) rmSync(join(place, name), { recursive: true, force: true });
  }
}
