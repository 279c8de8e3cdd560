import { join } from "node:path";
import type { DataFrame } from "danfojs-node";
import { writeDurably } from "../runs/durable.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import type { Specification } from "../runs/specification.ts";
import { dataFrame } from "../runs/table.ts";
import { type ComputedOnce, computedIn } from "../training/cached.ts";
import { type Entry, runColumns, type SweepRun } from "./entry.ts";
import type { Point } from "./grid.ts";
import type { SweepDirectory, SweepRecord } from "./record.ts";
import {
  type Configuration,
  configurations,
  csvOf,
  type SummaryRow,
  summaryColumns,
  summaryRows,
} from "./summary.ts";

export type SweepState = "running" | "paused" | "finished";

/** Where a sweep stands. */
export interface SweepSnapshot {
  readonly id: string;
  readonly state: SweepState;
  /** Runs of the sweep, and how many of them are in which state. */
  readonly total: number;
  readonly finished: number;
  readonly failed: number;
  /** Ended by hand before their end. Their losses are in `list`, and in no mean. */
  readonly stopped: number;
  readonly going: number;
  /** Paused by hand, while the others go on. */
  readonly paused: number;
  readonly waiting: number;
  /** Runs that differ in their seed alone, together. */
  readonly configurations: readonly Configuration[];
  /** Snapshots of the runs that go on, and of those that are paused by hand. */
  readonly runs: readonly RunSnapshot[];
  /** Reports of failed runs, the newest last, 20 at most. */
  readonly failures: readonly {
    readonly index: number;
    readonly run: string | null;
    readonly error: string;
  }[];
}

/** Where a sweep ended. */
export interface SweepSummary extends SweepSnapshot {
  readonly directory: string;
  /** What the runs share, and how often it was computed since the sweep began. */
  readonly shared: readonly ComputedOnce[];
  readonly rows: readonly SummaryRow[];
  /** Every run of it, in the sweep's order. */
  readonly list: readonly SweepRun[];
  /** `rows` as a danfojs DataFrame; missing numbers are NaN. */
  frame(): DataFrame;
}

/** What a sweep's runs have left, by configuration. */
export class Results {
  readonly #record: SweepRecord;
  readonly #points: readonly Point[];
  readonly #keys = new Map<string, number>();
  readonly #methods: Specification["method"][] = [];

  /** @param points of the sweep, which an adaptive one adds to */
  constructor(record: SweepRecord, points: readonly Point[]) {
    this.#record = record;
    this.#points = points;
  }

  /** The number of a configuration. */
  configuration(key: string, { method }: Specification): number {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    this.#methods.push(method);
    this.#keys.set(key, this.#methods.length - 1);
    return this.#methods.length - 1;
  }

  all(entries: readonly Entry[]): Configuration[] {
    const gathered = this.#methods.map((method) => ({
      method,
      outcomes: [] as Entry["outcome"][],
      failed: 0,
    }));
    for (const { configuration, outcome, state } of entries) {
      if (state === "finished") gathered[configuration]!.outcomes.push(outcome);
      if (state === "failed") gathered[configuration]!.failed++;
    }
    return configurations(
      gathered.map((one) => ({ ...one, outcomes: one.outcomes.filter((outcome) => outcome !== null) })),
    );
  }

  snapshot(entries: readonly Entry[], runs: readonly RunSnapshot[], state: SweepState): SweepSnapshot {
    const count = (wanted: Entry["state"]) =>
      entries.reduce((sum, one) => sum + (one.state === wanted ? 1 : 0), 0);
    return {
      id: this.#record.id,
      state,
      total: entries.length,
      finished: count("finished"),
      failed: count("failed"),
      stopped: count("stopped"),
      going: count("going"),
      paused: count("paused"),
      waiting: count("waiting"),
      configurations: this.all(entries),
      runs,
      failures: entries
        .flatMap(({ index, run, error }) => (error === null ? [] : [{ index, run, error }]))
        .slice(-20),
    };
  }

  /** Writes `summary.csv` and `runs.csv` into the sweep's directory. */
  write(directory: SweepDirectory, entries: readonly Entry[], state: SweepState): SweepSummary {
    const snapshot = this.snapshot(entries, [], state);
    const rows = summaryRows(snapshot.configurations);
    const list = entries.map((entry) => this.#row(entry));
    writeDurably(join(directory.path, "summary.csv"), csvOf(rows, summaryColumns));
    writeDurably(join(directory.path, "runs.csv"), csvOf(list, runColumns));
    const { runs, created } = this.#record;
    return {
      ...snapshot,
      directory: directory.path,
      shared: computedIn(join(runs, ".cache")).filter(({ time }) => time >= created),
      rows,
      list,
      frame: () => dataFrame(rows.map(withoutNulls)),
    };
  }

  #row({ index, run, configuration, state, outcome, error }: Entry): SweepRun {
    const { name: method, lambda, k } = this.#methods[configuration]!;
    const { list } = this.#record;
    const seed = list ? (list[index] as { seed?: number }).seed : this.#points[index]?.seed;
    return {
      index,
      run,
      method,
      lambda: typeof lambda === "number" ? lambda : null,
      k: typeof k === "number" ? k : null,
      seed: seed ?? null,
      state,
      dpo: outcome?.dpo ?? null,
      sft: outcome?.sft ?? null,
      idealDistance: outcome?.idealDistance ?? null,
      seconds: outcome?.seconds ?? null,
      error,
    };
  }
}

/** danfojs knows no null among numbers. */
function withoutNulls(row: SummaryRow): object {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value ?? Number.NaN]));
}
