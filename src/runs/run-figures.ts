import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RunDirectory, RunRecord } from "./directory.ts";
import { writeDurably } from "./durable.ts";
import { RunStoreError } from "./error.ts";
import { figuresFromSummary, figuresOf, type RunFigures } from "./figures-of.ts";
import { readRun } from "./read-run.ts";

export type { RunFigures };

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
    return figuresFromSummary(directory.readSummary(), record) ?? this.#fromEvents(directory, record);
  }

  #fromEvents(directory: RunDirectory, record: RunRecord): RunFigures {
    const found = statSync(directory.events, { throwIfNoEntry: false });
    if (!found) throw new RunStoreError(`${directory.events}: there is no such file`);
    const { size, mtimeMs: modified } = found;
    const cut = directory.readCut();
    const kept = this.#kept.get(record.id);
    const same = kept && kept.size === size && kept.modified === modified && kept.cut === cut;
    const figures = same ? kept.figures : figuresOf(readRun(directory, record, cut));
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
