import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { assetPath } from "../assets.ts";
import { RunDirectory, type RunRecord } from "../runs/directory.ts";
import type { Summary } from "../runs/formats.ts";
import { readSnapshot } from "../runs/list.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import { readCompact } from "./compact.ts";
import { PaperError } from "./error.ts";
import { experiment, gridRuns, gridSeeds } from "./grid.ts";

/** A run of the grid as it ships. */
export interface ShippedRun {
  /** `EXPERIMENT/NAME`, which claims name it by. */
  readonly id: string;
  readonly seed: number;
  readonly method: string;
  /** Of a joint method; null for Sequential. */
  readonly lambda: number | null;
  /** MAXRIGHT's. */
  readonly k: number | null;
  /** Which of the experiment's λ / T pairs it belongs to. */
  readonly pair: number;
  readonly record: RunRecord;
  readonly summary: Summary;
  readonly snapshot: RunSnapshot;
  /** A letter for each step: `d`, `s`, or `b` for both objectives. */
  readonly choices: string;
}

/** Where the grid is: compact run directories by experiment, those that ship, or in `ALRIGHT_GRID` those that were made again. */
export function gridDirectory(name: string): string {
  const elsewhere = process.env.ALRIGHT_GRID;
  return elsewhere ? join(elsewhere, name) : assetPath(join("grid", name));
}

/** The seeds of which all of an experiment's runs are here. */
export function shippedSeeds(name: string): number[] {
  const there = new Set(shippedNames(name));
  return gridSeeds().filter((seed) => gridRuns(name, seed).every((run) => there.has(run.name)));
}

/**
 * The shipped runs of an experiment, seed by seed, in the order of the paper's legends; seeds of which a run is missing are
 * left out, so that every comparison is over whole seeds.
 *
 * @throws PaperError where no seed is whole
 */
export function shippedRuns(name: string): ShippedRun[] {
  const { pairs } = experiment(name);
  const all = shippedSeeds(name).flatMap((seed) =>
    gridRuns(name, seed).map((run) => read(name, run.name, seed, pairs)),
  );
  if (all.length === 0)
    throw new PaperError(
      `${gridDirectory(name)}: no seed has all of its runs; \`npm run grid -- ${name}\` makes them`,
    );
  return all;
}

function read(
  experimentName: string,
  name: string,
  seed: number,
  pairs: ReturnType<typeof experiment>["pairs"],
): ShippedRun {
  const directory = new RunDirectory(join(gridDirectory(experimentName), name));
  const { record, summary, choices } = readCompact(directory.path);
  const { method } = record.specification;
  const lambda = typeof method.lambda === "number" ? method.lambda : null;
  const snapshot = readSnapshot(directory);
  const { seconds, tokens, resources } = summary;
  return {
    id: `${experimentName}/${name}`,
    seed,
    method: method.name,
    lambda,
    k: typeof method.k === "number" ? method.k : null,
    pair: pairs.findIndex((pair) =>
      lambda === null ? name.startsWith(`sequential-${pair.epochs.join("-")}-`) : pair.lambda === lambda,
    ),
    record,
    summary,
    // The events left have only some of the steps; the summary counts them all.
    snapshot: {
      ...snapshot,
      resources: { seconds, tokens, peakMemory: resources?.peakMemory ?? null },
    },
    choices,
  };
}

/** Names of the shipped runs of an experiment, whole seeds or not. */
export function shippedNames(name: string): string[] {
  const place = gridDirectory(name);
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((entry) => existsSync(join(place, entry, "summary.json")))
    .sort();
}
