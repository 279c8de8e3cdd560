import type { Outcome } from "./record.ts";

/** Where one run of a sweep stands. Small: a sweep may have ten thousand. */
export interface Entry {
  readonly index: number;
  /** Of the configurations. */
  readonly configuration: number;
  state: "waiting" | "going" | "paused" | "finished" | "stopped" | "failed";
  /** Its run directory's name, once it has one. */
  run: string | null;
  /** Attempts made since the sweep was started or resumed. */
  attempts: number;
  /** Of the last attempt that failed. */
  error: string | null;
  outcome: Outcome | null;
}

/** One run in a sweep's list: what `runs.csv` has. */
export interface SweepRun {
  readonly index: number;
  readonly run: string | null;
  readonly method: string;
  readonly lambda: number | null;
  readonly k: number | null;
  readonly seed: number | null;
  readonly state: Entry["state"];
  readonly dpo: number | null;
  readonly sft: number | null;
  readonly idealDistance: number | null;
  readonly seconds: number | null;
  readonly error: string | null;
}

export const runColumns: readonly (keyof SweepRun)[] = [
  "index",
  "run",
  "method",
  "lambda",
  "k",
  "seed",
  "state",
  "dpo",
  "sft",
  "idealDistance",
  "seconds",
  "error",
];
