import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { LossPoint } from "../evaluation/point.ts";
import type { RunDirectory, RunRecord } from "./directory.ts";
import { writeDurably } from "./durable.ts";
import { RunStoreError } from "./error.ts";
import { readRun } from "./read-run.ts";
import type { RunState } from "./snapshot.ts";
import type { RunResources } from "./snapshot-builder.ts";

/** What a run came to: the numbers of its row in a table. */
export interface RunFigures {
  readonly state: RunState;
  readonly step: number;
  readonly steps: number;
  /** Last evaluated losses. */
  readonly losses: { readonly dpo?: number; readonly sft?: number };
  readonly ideal: LossPoint | null;
  /** Evaluated losses before the first step. */
  readonly start: LossPoint | null;
  readonly seconds: number;
  readonly tokens: number;
  readonly resources: RunResources;
}

/** Raised when what is kept would no longer be what this code reads from the events. */
const version = 1;

interface Kept {
  /** Of `events.jsonl`, by which a change shows. */
  readonly size: number;
  readonly modified: number;
  readonly cut: number;
  readonly figures: RunFigures;
}

/**
 * Runs' figures: a run that has ended has them in its summary; of others, all events are read, and what was found is kept
 * in `RUNS/.cache/figures.json` until they change.
 */
export class FiguresReader {
  readonly #runs: string;
  readonly #file: string;
  readonly #kept: Map<string, Kept>;
  /** What was read from events this time. */
  readonly #read = new Map<string, Kept>();
  #changed = false;

  /** @param runs the directory of run directories */
  constructor(runs: string) {
    this.#runs = runs;
    this.#file = join(runs, ".cache", "figures.json");
    this.#kept = readKept(this.#file);
  }

  read(directory: RunDirectory, record: RunRecord): RunFigures {
    return fromSummary(directory, record) ?? this.#fromEvents(directory, record);
  }

  #fromEvents(directory: RunDirectory, record: RunRecord): RunFigures {
    const found = statSync(directory.events, { throwIfNoEntry: false });
    if (!found) throw new RunStoreError(`${directory.events}: there is no such file`);
    const { size, mtimeMs: modified } = found;
    const cut = directory.readCut();
    const kept = this.#kept.get(record.id);
    const same = kept && kept.size === size && kept.modified === modified && kept.cut === cut;
    const figures = same ? kept.figures : figuresOf(directory, record, cut);
    this.#read.set(record.id, { size, modified, cut, figures });
    if (!same) this.#changed = true;
    const going = figures.state === "running" || figures.state === "preparing";
    return going && directory.liveOwner() === null ? { ...figures, state: "paused" } : figures;
  }

  /** Keeps what was read. Where the directory can't be written, the next reader reads the events again. */
  keep(): void {
    if (!this.#changed) return;
    const known = [...this.#kept, ...this.#read].filter(([id]) => existsSync(join(this.#runs, id)));
    const runs = Object.fromEntries(known);
    try {
      mkdirSync(join(this.#file, ".."), { recursive: true });
      writeDurably(this.#file, `${JSON.stringify({ version, runs })}\n`);
    } catch (error) {
      if (!["EACCES", "EPERM", "EROFS", "ENOSPC"].includes((error as NodeJS.ErrnoException).code ?? ""))
        throw error;
    }
  }
}

function figuresOf(directory: RunDirectory, record: RunRecord, cut: number): RunFigures {
  const builder = readRun(directory, record, cut);
  const { state, step, steps, losses, ideal, start, seconds, tokens, resources } = builder;
  return { state, step, steps, losses, ideal, start, seconds, tokens, resources };
}

/** The figures of `summary.json`; null where there is none, or one of an earlier version. */
function fromSummary(directory: RunDirectory, { specification }: RunRecord): RunFigures | null {
  const summary = directory.readSummary();
  if (!summary?.resources || summary.start === undefined) return null;
  const { state, steps: step, losses, ideal, start, seconds, tokens, resources } = summary;
  const steps = specification.steps ?? step;
  return { state, step, steps, losses, ideal, start, seconds, tokens, resources };
}

function readKept(file: string): Map<string, Kept> {
  if (!existsSync(file)) return new Map();
  try {
    const kept = JSON.parse(readFileSync(file, "utf8")) as { version: number; runs: Record<string, Kept> };
    return new Map(kept.version === version ? Object.entries(kept.runs) : []);
  } catch {
    // Half a file, or none of ours: what it had is computed again.
    return new Map();
  }
}
