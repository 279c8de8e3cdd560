import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { syncPath, syncTree } from "../runs/durable.ts";
import { TrainingError } from "./error.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Task } from "./task.ts";

const keptCheckpoints = 2;

/** `state.json` of a checkpoint: all that is not in the task's own files. */
export interface CheckpointState {
  readonly version: 1;
  readonly step: number;
  /** Lines of `events.jsonl` up to here. */
  readonly events: number;
  readonly optimizer: { readonly count: number };
  readonly task: unknown;
  /** What the run's bits depend on: versions, and the number of threads. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Writes `checkpoints/STEP`: the task's files, the optimiser's moments, `state.json` and `digest.json`; beside its place,
 * synced, then renamed there. The newest two are kept. One that is there already, whole, is as this one would be.
 */
export async function writeCheckpoint(
  checkpoints: string,
  task: Task,
  optimizer: Optimizer,
  state: CheckpointState,
): Promise<string> {
  const place = join(checkpoints, String(state.step));
  if (isWhole(place)) return place;
  const beside = join(checkpoints, `.${state.step}.tmp`);
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { recursive: true });
  await task.save(beside);
  const moments = optimizer.state.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  writeFileSync(join(beside, "optimizer.bin"), Buffer.concat(moments));
  writeFileSync(join(beside, "state.json"), `${JSON.stringify(state, null, 2)}\n`);
  writeFileSync(join(beside, "digest.json"), `${JSON.stringify(digests(beside), null, 2)}\n`);
  syncTree(beside);
  rmSync(place, { recursive: true, force: true });
  renameSync(beside, place);
  syncPath(checkpoints);
  for (const step of checkpointSteps(checkpoints).slice(keptCheckpoints))
    rmSync(join(checkpoints, String(step)), { recursive: true, force: true });
  return place;
}

/** Removes what a kill left half written. */
export function removeHalfWritten(checkpoints: string): void {
  if (!existsSync(checkpoints)) return;
  for (const name of readdirSync(checkpoints))
    if (name.endsWith(".tmp")) rmSync(join(checkpoints, name), { recursive: true });
}

/** The newest checkpoint whose files are all as they were written, or null where there is none. */
export function newestCheckpoint(checkpoints: string): { directory: string; state: CheckpointState } | null {
  for (const step of checkpointSteps(checkpoints)) {
    const directory = join(checkpoints, String(step));
    if (!isWhole(directory)) continue;
    const state = JSON.parse(readFileSync(join(directory, "state.json"), "utf8")) as CheckpointState;
    if (state.version === 1) return { directory, state };
  }
  return null;
}

/** Reads an optimiser's moments back. */
export function loadOptimizer(directory: string, optimizer: Optimizer, state: CheckpointState): void {
  const file = join(directory, "optimizer.bin");
  const bytes = readFileSync(file);
  const expected = optimizer.state.reduce((sum, values) => sum + values.byteLength, 0);
  if (bytes.length !== expected)
    throw new TrainingError(`${file} has ${bytes.length} bytes; the optimiser's moments take ${expected}`);
  let offset = 0;
  for (const { buffer, byteOffset, byteLength } of optimizer.state) {
    bytes.copy(Buffer.from(buffer, byteOffset, byteLength), 0, offset);
    offset += byteLength;
  }
  optimizer.count = state.optimizer.count;
}

/** Steps that have a checkpoint, newest first. */
function checkpointSteps(checkpoints: string): number[] {
  if (!existsSync(checkpoints)) return [];
  return readdirSync(checkpoints)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

function isWhole(directory: string): boolean {
  try {
    const written = JSON.parse(readFileSync(join(directory, "digest.json"), "utf8")) as Record<
      string,
      string
    >;
    const found = digests(directory);
    return (
      Object.keys(written).length === Object.keys(found).length &&
      Object.entries(found).every(([name, digest]) => written[name] === digest)
    );
  } catch {
    return false;
  }
}

/** SHA-256 of every file of a checkpoint but `digest.json`. */
function digests(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "digest.json")
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(directory, name)))
        .digest("hex"),
    ]),
  );
}
