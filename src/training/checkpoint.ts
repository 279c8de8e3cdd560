import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Format, readDocument, toDocument } from "../runs/document.ts";
import { syncPath, syncTree } from "../runs/durable.ts";
import { writingFailed } from "../runs/writing-failed.ts";
import { damageOf, writeDigests } from "./digests.ts";
import { TrainingError } from "./error.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Task } from "./task.ts";

const stateFile = "state.json";
const momentsFile = "optimizer.bin";

const State = z.object({
  step: z.number().int().nonnegative(),
  /** Lines of `events.jsonl` up to here, and their SHA-256 (null in checkpoints of version 1). */
  events: z.number().int().nonnegative(),
  eventsDigest: z.string().nullable(),
  optimizer: z.object({ count: z.number().int().nonnegative() }),
  task: z.unknown(),
  /** What the run's bits depend on: versions, and the number of threads. */
  versions: z.record(z.string(), z.string()),
});

/** `state.json` of a checkpoint: all that is not in the task's own files. */
export type CheckpointState = Readonly<z.output<typeof State>>;

/** Version 1 had no digest of the events. */
const checkpointFormat: Format<CheckpointState> = {
  kind: "a checkpoint",
  version: 2,
  migrations: { 1: (old: object) => ({ ...old, eventsDigest: null }) },
  schema: State,
};

/** A checkpoint that can be gone on from. */
export interface Checkpoint {
  readonly directory: string;
  readonly state: CheckpointState;
}

/** Files that are written, and moments that are copied: not yet a checkpoint. */
export interface Unsealed {
  readonly checkpoints: string;
  readonly step: number;
  readonly bytes: number;
  /** The run's `events.jsonl`, up to the checkpoint in its file. */
  readonly events: string;
  /** The step of the checkpoint that is kept beside it: the last good one. */
  readonly previous: number | null;
  /** The optimiser's, as they were at this step. */
  readonly moments: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * Writes a checkpoint's files beside its place, the task's own and `state.json`, and copies the optimiser's moments (twice
 * the size of an adapter: copied in a fraction of the time that a file takes). Then training may go on; `sealCheckpoint`
 * makes a checkpoint of them.
 * @throws RunStoreError where there is no room; nothing is left then
 */
export async function writeCheckpointFiles(
  { checkpoints, events, previous }: Pick<Unsealed, "checkpoints" | "events" | "previous">,
  task: Task,
  optimizer: Optimizer,
  state: CheckpointState,
): Promise<Unsealed> {
  const moments = optimizer.state.map(({ buffer, byteOffset, byteLength }) =>
    new Uint8Array(buffer, byteOffset, byteLength).slice(),
  );
  const bytes = [...moments, ...task.parameters.map(({ data }) => data)].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );
  const unsealed = { checkpoints, step: state.step, bytes, events, previous, moments };
  const beside = besideOf(unsealed);
  try {
    rmSync(beside, { recursive: true, force: true });
    mkdirSync(beside, { recursive: true });
    await task.save(beside);
    const document = toDocument(checkpointFormat, state);
    writeFileSync(join(beside, stateFile), `${JSON.stringify(document, null, 2)}\n`);
    return unsealed;
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw writingFailed(error, placeOf(unsealed), bytes);
  }
}

/**
 * Makes a checkpoint of the files beside its place: adds the moments and `digest.json`, syncs all of them and the events,
 * and renames the directory. Of the others only the last good one stays. Blocks: the trainer's second thread calls it.
 * @returns its directory
 * @throws RunStoreError where there is no room; nothing is left then
 */
export function sealCheckpoint(unsealed: Unsealed): string {
  const { checkpoints, step, bytes, events, previous } = unsealed;
  const beside = besideOf(unsealed);
  const place = placeOf(unsealed);
  try {
    writeMoments(join(beside, momentsFile), unsealed.moments);
    writeDigests(beside);
    syncTree(beside);
    syncPath(events);
    rmSync(place, { recursive: true, force: true });
    renameSync(beside, place);
    syncPath(checkpoints);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw writingFailed(error, place, bytes);
  }
  for (const other of checkpointSteps(checkpoints))
    if (other !== step && other !== previous)
      rmSync(join(checkpoints, String(other)), { recursive: true, force: true });
  return place;
}

function writeMoments(path: string, moments: Unsealed["moments"]): void {
  const file = openSync(path, "w");
  try {
    for (const part of moments)
      for (let written = 0; written < part.length; ) written += writeSync(file, part, written);
  } finally {
    closeSync(file);
  }
}

const placeOf = ({ checkpoints, step }: Unsealed) => join(checkpoints, String(step));
const besideOf = ({ checkpoints, step }: Unsealed) => join(checkpoints, `.${step}.tmp`);

/** Steps that have a checkpoint, newest first. */
export function checkpointSteps(checkpoints: string): number[] {
  if (!existsSync(checkpoints)) return [];
  return readdirSync(checkpoints)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

/** The newest checkpoint whose files are all as they were written, or null where there is none. */
export function newestCheckpoint(checkpoints: string): Checkpoint | null {
  for (const step of checkpointSteps(checkpoints)) {
    const directory = join(checkpoints, String(step));
    if (damageOf(directory) === null) return { directory, state: readState(directory) };
  }
  return null;
}

/** @throws RunStoreError where a newer library wrote it */
export function readState(directory: string): CheckpointState {
  return readDocument(join(directory, stateFile), checkpointFormat);
}

/** Reads an optimiser's moments back. */
export function loadOptimizer(directory: string, optimizer: Optimizer, state: CheckpointState): void {
  const file = join(directory, momentsFile);
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
