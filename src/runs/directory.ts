import { randomBytes } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, rmSync } from "node:fs";
import { basename, isAbsolute, join, resolve } from "node:path";
import { readDocument, writeDocument } from "./document.ts";
import { writeDurably } from "./durable.ts";
import { SpecificationError } from "./error.ts";
import { cutFormat, type RunRecord, runRecordFormat, type Summary, summaryFormat } from "./formats.ts";
import { liveOwner } from "./owner.ts";
import { writingFailed } from "./writing-failed.ts";

export type { RunRecord };

/** The paths inside a run directory. */
export class RunDirectory {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get record(): string {
    return join(this.path, "run.json");
  }
  get events(): string {
    return join(this.path, "events.jsonl");
  }
  get summary(): string {
    return join(this.path, "summary.json");
  }
  get checkpoints(): string {
    return join(this.path, "checkpoints");
  }
  get final(): string {
    return join(this.path, "final");
  }
  /** How many events were ever cut off: added to the lines of `events.jsonl`, it gives `seq`, which so only grows. */
  get cut(): string {
    return join(this.path, "cut.json");
  }
  /** The process that trains here (see owner.ts). */
  get owner(): string {
    return join(this.path, "trainer.pid");
  }

  /** @throws RunStoreError where `run.json` can't be read, or a newer library wrote it */
  readRecord(): RunRecord {
    return readDocument(this.record, runRecordFormat);
  }
  writeRecord(record: RunRecord): void {
    writeDocument(this.record, runRecordFormat, record);
  }
  /** Where the run ended; null while it has not. */
  readSummary(): Summary | null {
    return existsSync(this.summary) ? readDocument(this.summary, summaryFormat) : null;
  }
  writeSummary(summary: Summary): void {
    writeDocument(this.summary, summaryFormat, summary);
  }
  readCut(): number {
    return existsSync(this.cut) ? readDocument(this.cut, cutFormat).cut : 0;
  }
  addCut(count: number): void {
    writeDocument(this.cut, cutFormat, { cut: this.readCut() + count });
  }
  /** The trainer that works here, or null where there is none (any more). */
  liveOwner(): number | null {
    return liveOwner(this.owner);
  }
  /** @throws RunStoreError where this user can't write here */
  checkWritable(): void {
    for (const path of [this.path, this.checkpoints, this.events])
      try {
        accessSync(path, constants.W_OK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw writingFailed(error, path, 0);
      }
  }
}

/**
 * A new run's directory, `RUNS/ID`, with its `run.json`, which is written last: what has none is no run. No two runs get
 * one directory.
 * @throws RunStoreError where there is no room or no permission; nothing is left then
 */
export function createRunDirectory(
  runs: string,
  record: Omit<RunRecord, "id" | "created">,
): { directory: RunDirectory; record: RunRecord } {
  const created = new Date();
  const stamp = created.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const method = record.specification.method.name.replace(/[^\p{L}\p{N}_-]/gu, "_");
  const directory = claimDirectory(resolve(runs), `${method}-${stamp}`);
  const whole: RunRecord = { id: basename(directory.path), created: created.toISOString(), ...record };
  try {
    mkdirSync(directory.checkpoints);
    writeDurably(directory.events, "");
    directory.writeRecord(whole);
  } catch (error) {
    rmSync(directory.path, { recursive: true, force: true });
    throw writingFailed(error, directory.path, 0);
  }
  return { directory, record: whole };
}

/** `mkdir` gives a name to one process alone; whoever finds it taken draws another. */
function claimDirectory(runs: string, name: string): RunDirectory {
  for (;;) {
    const path = join(runs, `${name}-${randomBytes(2).toString("hex")}`);
    try {
      mkdirSync(runs, { recursive: true });
      mkdirSync(path);
      return new RunDirectory(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !existsSync(path))
        throw writingFailed(error, path, 0);
    }
  }
}

/**
 * The directory of a run that exists: a path, or an id below `runs`.
 * @throws SpecificationError saying where it looked
 */
export function findRunDirectory(directoryOrId: string, runs: string): RunDirectory {
  const places = [
    resolve(directoryOrId),
    ...(isAbsolute(directoryOrId) ? [] : [resolve(runs, directoryOrId)]),
  ];
  for (const place of places) if (existsSync(join(place, "run.json"))) return new RunDirectory(place);
  throw new SpecificationError(
    `${directoryOrId}: no run is there; looked for run.json in ${[...new Set(places)].join(" and ")}`,
  );
}
