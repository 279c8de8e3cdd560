import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { LossPoint } from "../evaluation/point.ts";
import { contributions } from "./comparable.ts";
import { RunDirectory, type RunRecord } from "./directory.ts";
import { RunStoreError } from "./error.ts";
import { readRun } from "./read-run.ts";
import { type RunRow, runRow } from "./row.ts";
import { FiguresReader, type RunFigures } from "./run-figures.ts";
import type { RunSnapshot } from "./snapshot.ts";

export type { RunRow };

export interface ListOptions {
  /** The directory of run directories. Default `runs`. */
  readonly runs?: string;
  /** Only runs of these methods, and in these states. */
  readonly method?: string | readonly string[];
  readonly state?: string | readonly string[];
  /** The point (f_DPO, f_SFT) below which hypervolume counts. Default: where the runs started, the worse of each loss. */
  readonly reference?: LossPoint;
  /** Told of each run that can't be read, which is then left out. Default: it is thrown. */
  readonly onUnreadable?: (error: RunStoreError, directory: string) => void;
}

/** A run with its figures, from disk. */
export interface RunEntry {
  readonly directory: RunDirectory;
  readonly record: RunRecord;
  readonly figures: RunFigures;
}

/** The snapshot of a run from its directory. */
export function readSnapshot(directory: RunDirectory | string): RunSnapshot {
  const run = typeof directory === "string" ? new RunDirectory(directory) : directory;
  const builder = readRun(run);
  if (run.liveOwner() === null) builder.abandoned();
  return builder.snapshot();
}

/**
 * The runs below a directory, the newest last. What is no run is passed over.
 * @throws RunStoreError naming the file of a run that can't be read, unless `onUnreadable` takes it
 */
export function listRuns(options: ListOptions = {}): RunRow[] {
  const place = resolve(options.runs ?? "runs");
  if (!existsSync(place)) return [];
  const directories = readdirSync(place, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(place, entry.name, "run.json")))
    .map((entry) => join(place, entry.name));
  return runRows(readEntries(directories, options), options);
}

/** Says on standard error that a run is left out. */
export function sayUnreadable({ message }: RunStoreError): void {
  process.stderr.write(`left out: ${message}\n`);
}

/** Runs with their figures, in the order of their directories. */
export function readEntries(
  directories: readonly string[],
  { onUnreadable }: Pick<ListOptions, "onUnreadable"> = {},
): RunEntry[] {
  const readers = new Map<string, FiguresReader>();
  const read = (path: string): RunEntry => {
    const directory = new RunDirectory(resolve(path));
    const place = dirname(directory.path);
    const reader = readers.get(place) ?? new FiguresReader(place);
    readers.set(place, reader);
    const record = directory.readRecord();
    return { directory, record, figures: reader.read(directory, record) };
  };
  const entries = directories.flatMap((path) => {
    try {
      return [read(path)];
    } catch (error) {
      if (!onUnreadable || !(error instanceof RunStoreError)) throw error;
      onUnreadable(error, path);
      return [];
    }
  });
  for (const reader of readers.values()) reader.keep();
  return entries;
}

/** Entries as rows, the newest last. */
export function runRows(entries: readonly RunEntry[], options: ListOptions = {}): RunRow[] {
  const { reference } = options;
  const listed = entries.filter(
    ({ record, figures }) =>
      isOneOf(record.specification.method.name, options.method) && isOneOf(figures.state, options.state),
  );
  const added = contributions(listed, reference);
  return listed
    .map((entry, i) => runRow({ ...entry, directory: entry.directory.path }, added[i]!))
    .sort((a, b) => a.created.localeCompare(b.created) || a.id.localeCompare(b.id));
}

function isOneOf(value: string, wanted: string | readonly string[] | undefined): boolean {
  return wanted === undefined || [wanted].flat().includes(value);
}
