import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import type { LossPoint } from "../evaluation/point.ts";
import { type Format, readDocument, writeDocument } from "../runs/document.ts";
import { writingFailed } from "../runs/writing-failed.ts";
import { SweepError } from "./error.ts";
import type { Base, Point } from "./grid.ts";

/** `sweep.json`: all that decides a sweep, written before its first run. */
export interface SweepRecord {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly workingDirectory: string;
  /** The directory of run directories. */
  readonly runs: string;
  readonly base: Base | null;
  /** Of a grid, or the first ones of an adaptive sweep; those that it adds are in the journal. */
  readonly points: readonly Point[];
  /** In place of base and points: whole specifications. */
  readonly list: readonly object[] | null;
  readonly adaptive: AdaptiveRecord | null;
  /** Threads of runs whose specification names none; null: their own default. */
  readonly threads: number | null;
  readonly executor: string;
}

export interface AdaptiveRecord {
  /** All runs, seeds counted. */
  readonly budget: number;
  readonly method: Point["method"];
  readonly seeds: readonly (number | null)[];
  readonly reference?: LossPoint;
}

const Method = z.looseObject({ name: z.string() });
const Seed = z.number().int().nonnegative();
const PointSchema = z.strictObject({ method: Method, seed: Seed.optional() });

const sweepFormat: Format<SweepRecord> = {
  kind: "a sweep's record",
  version: 1,
  migrations: {},
  schema: z.object({
    id: z.string().min(1),
    created: z.string(),
    workingDirectory: z.string(),
    runs: z.string(),
    // Its runs' specifications are checked whole, one by one.
    base: z.looseObject({}).nullable() as unknown as z.ZodType<Base | null>,
    points: z.array(PointSchema) as unknown as z.ZodType<Point[]>,
    list: z.array(z.looseObject({})).nullable(),
    adaptive: z
      .strictObject({
        budget: z.number().int().positive(),
        method: Method,
        seeds: z.array(Seed.nullable()),
        reference: z.strictObject({ dpo: z.number(), sft: z.number() }).optional(),
      })
      .nullable(),
    threads: z.number().int().positive().nullable(),
    executor: z.string(),
  }) as unknown as z.ZodType<SweepRecord>,
};

/** Where a run of a sweep ended, in numbers. */
export interface Outcome {
  readonly dpo: number | null;
  readonly sft: number | null;
  readonly idealDistance: number | null;
  readonly dpoGap: number | null;
  readonly sftGap: number | null;
  /** Losses before the first step. */
  readonly start: { readonly dpo: number; readonly sft: number } | null;
  readonly seconds: number;
  readonly tokens: number;
  readonly peakMemory: number | null;
}

/** A line of `journal.jsonl`, which is appended to and synced line by line. */
export type JournalLine =
  /** An adaptive sweep decided on another run. */
  | { readonly type: "added"; readonly point: Point }
  /** The run directory of a place in the sweep; `attempt` counts from 1. */
  | { readonly type: "started"; readonly index: number; readonly run: string; readonly attempt: number }
  /** `stopped`: somebody ended it before its end. */
  | {
      readonly type: "finished";
      readonly index: number;
      readonly outcome: Outcome;
      readonly stopped?: true;
    }
  /** An attempt ended otherwise; `last`: it is not tried again. */
  | { readonly type: "failed"; readonly index: number; readonly error: string; readonly last: boolean };

/** The paths and files of a sweep's directory, `RUNS/sweeps/ID`. */
export class SweepDirectory {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get record(): string {
    return join(this.path, "sweep.json");
  }
  get journal(): string {
    return join(this.path, "journal.jsonl");
  }
  /** The process that schedules here. */
  get owner(): string {
    return join(this.path, "scheduler.pid");
  }

  read(): SweepRecord {
    return readDocument(this.record, sweepFormat);
  }

  write(record: SweepRecord): void {
    writeDocument(this.record, sweepFormat, record);
  }

  /**
   * The journal's whole lines. A last line that was being written when its process ended is cut off.
   * @throws SweepError naming any other line that can't be read
   */
  readJournal(): JournalLine[] {
    if (!existsSync(this.journal)) return [];
    const text = readFileSync(this.journal, "utf8");
    const end = text.lastIndexOf("\n") + 1;
    if (end < text.length) truncateSync(this.journal, Buffer.byteLength(text.slice(0, end)));
    return text
      .slice(0, end)
      .split("\n")
      .filter((line) => line !== "")
      .map((line, i) => {
        try {
          return JSON.parse(line) as JournalLine;
        } catch {
          throw new SweepError(`${this.journal}:${i + 1} is not JSON; put the line back, or take it out`);
        }
      });
  }

  append(line: JournalLine): void {
    const text = `${JSON.stringify(line)}\n`;
    try {
      const file = openSync(this.journal, "a");
      try {
        writeSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw writingFailed(error, this.journal, text.length);
    }
  }
}

/** A new sweep's directory. `sweep.json` is written last: what has none is no sweep. */
export function createSweepDirectory(record: Omit<SweepRecord, "id" | "created">): {
  directory: SweepDirectory;
  record: SweepRecord;
} {
  const created = new Date().toISOString();
  const stamp = created.replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const id = `sweep-${stamp}-${randomBytes(2).toString("hex")}`;
  const directory = new SweepDirectory(join(record.runs, "sweeps", id));
  const whole: SweepRecord = { id, created, ...record };
  try {
    mkdirSync(directory.path, { recursive: true });
    directory.write(whole);
  } catch (error) {
    throw writingFailed(error, directory.path, 0);
  }
  return { directory, record: whole };
}

/** @throws SweepError saying where it looked */
export function findSweepDirectory(directoryOrId: string, runs: string): SweepDirectory {
  const places = [
    resolve(directoryOrId),
    ...(isAbsolute(directoryOrId) ? [] : [resolve(runs, "sweeps", directoryOrId)]),
  ];
  for (const place of places) if (existsSync(join(place, "sweep.json"))) return new SweepDirectory(place);
  throw new SweepError(
    `${directoryOrId}: no sweep is there; looked for sweep.json in ${[...new Set(places)].join(" and ")}`,
  );
}
