import {
  hypervolumeContributions,
  type LossPoint,
  paretoFront,
  type Spread,
  spread,
} from "../evaluation/index.ts";
import { builtInMethods } from "../methods/registry.ts";
import type { Outcome } from "./record.ts";

/** Runs of a sweep that differ in their seeds alone. */
export interface Configuration {
  readonly method: string;
  readonly lambda: number | null;
  readonly k: number | null;
  /** The method's other options, as JSON, but those of a built-in method that have their default; empty where there are none. */
  readonly options: string;
  /** Runs that have ended, and those that failed for good. */
  readonly finished: number;
  readonly failed: number;
  readonly dpo: Spread | null;
  readonly sft: Spread | null;
  readonly idealDistance: Spread | null;
  /** The worst losses before the first step; null where none are known. */
  readonly start: LossPoint | null;
  /** Whether no other configuration's mean is better in both losses. */
  readonly onFront: boolean;
}

/** One row of `summary.csv`: mean and sample standard deviation over seeds; null where there are too few runs. */
export interface SummaryRow {
  readonly method: string;
  readonly lambda: number | null;
  readonly k: number | null;
  readonly options: string;
  readonly finished: number;
  readonly failed: number;
  readonly dpo: number | null;
  readonly dpoDeviation: number | null;
  readonly sft: number | null;
  readonly sftDeviation: number | null;
  readonly idealDistance: number | null;
  readonly idealDistanceDeviation: number | null;
  /** What the mean adds to the hypervolume of all means, below where the runs started. */
  readonly hypervolume: number | null;
  readonly onFront: boolean;
}

/** What a configuration's runs left. */
export interface Gathered {
  readonly method: { readonly name: string; readonly [option: string]: unknown };
  readonly outcomes: readonly Outcome[];
  readonly failed: number;
}

export function configurations(gathered: Iterable<Gathered>): Configuration[] {
  const all = [...gathered].map(({ method, outcomes, failed }) => {
    const { name, lambda, k, ...others } = method;
    const of = (key: "dpo" | "sft" | "idealDistance") =>
      spread(outcomes.flatMap((outcome) => outcome[key] ?? []));
    return {
      method: name,
      lambda: typeof lambda === "number" ? lambda : null,
      k: typeof k === "number" ? k : null,
      options: othersOf(name, others),
      finished: outcomes.length,
      failed,
      dpo: of("dpo"),
      sft: of("sft"),
      idealDistance: of("idealDistance"),
      start: worst(outcomes.flatMap(({ start }) => start ?? [])),
    };
  });
  const means = all.map(meanOf);
  const front = new Set(paretoFront(means.filter((mean) => mean !== null)));
  return all.map((one, i) => ({ ...one, onFront: means[i] !== null && front.has(means[i]!) }));
}

function othersOf(name: string, options: Readonly<Record<string, unknown>>): string {
  const table = builtInMethods.get(name)?.options ?? {};
  const given = Object.entries(options).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(table[key]?.default),
  );
  return given.length > 0 ? JSON.stringify(Object.fromEntries(given)) : "";
}

/** The mean losses of a configuration; null where one is not known. */
export function meanOf({ dpo, sft }: Pick<Configuration, "dpo" | "sft">): LossPoint | null {
  return dpo && sft ? { dpo: dpo.mean, sft: sft.mean } : null;
}

function worst(points: readonly LossPoint[]): LossPoint | null {
  if (points.length === 0) return null;
  const largest = (key: "dpo" | "sft") =>
    points.reduce((most, point) => Math.max(most, point[key]), -Infinity);
  return { dpo: largest("dpo"), sft: largest("sft") };
}

export function summaryRows(all: readonly Configuration[]): SummaryRow[] {
  const means = all.map(meanOf);
  const known = means.filter((mean) => mean !== null);
  const reference = worst(all.flatMap(({ start }) => start ?? [])) ?? worst(known);
  const added = reference ? hypervolumeContributions(known, reference) : [];
  return all.map((one, i) => {
    const { method, lambda, k, options, finished, failed, onFront, dpo, sft, idealDistance } = one;
    const mean = means[i];
    return {
      method,
      lambda,
      k,
      options,
      finished,
      failed,
      dpo: dpo?.mean ?? null,
      dpoDeviation: dpo?.deviation ?? null,
      sft: sft?.mean ?? null,
      sftDeviation: sft?.deviation ?? null,
      idealDistance: idealDistance?.mean ?? null,
      idealDistanceDeviation: idealDistance?.deviation ?? null,
      hypervolume: mean ? added[known.indexOf(mean)]! : null,
      onFront,
    };
  });
}

/** RFC 4180; a missing number is an empty field. */
export function csvOf(rows: readonly object[], columns: readonly string[]): string {
  const field = (value: unknown) => {
    const text = value === null || value === undefined || Number.isNaN(value) ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => columns.map((column) => field((row as Record<string, unknown>)[column])));
  return [columns, ...lines].map((line) => `${line.join(",")}\r\n`).join("");
}

export const summaryColumns: readonly (keyof SummaryRow)[] = [
  "method",
  "lambda",
  "k",
  "options",
  "finished",
  "failed",
  "dpo",
  "dpoDeviation",
  "sft",
  "sftDeviation",
  "idealDistance",
  "idealDistanceDeviation",
  "hypervolume",
  "onFront",
];
