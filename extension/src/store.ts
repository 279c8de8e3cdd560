import { type ISignal, Signal } from "@lumino/signaling";
import { english, type Words } from "../../src/figures/words.ts";
import type { Contours, PlotMessage, RunSnapshot } from "../../src/runs/snapshot.ts";
import { type RunUpdate, updated } from "../../src/runs/snapshot-update.ts";
import type { IRunStore } from "./store-token.ts";

/** No session has this many runs; what lies beyond is the oldest, or a flood. */
const mostRuns = 2000;

export class RunStore implements IRunStore {
  readonly #runs = new Map<string, RunSnapshot>();
  readonly #told = new Map<string, Set<string>>();
  readonly #holders = new Map<string, string>();
  /** Runs that went on when their kernel lost them. */
  readonly #lost = new Set<string>();
  readonly #contours = new Map<string, Contours>();
  readonly #changed = new Signal<this, string>(this);

  readonly #words: Words;

  constructor(words: Words = english) {
    this.#words = words;
  }

  get changed(): ISignal<this, string> {
    return this.#changed;
  }

  get runs(): readonly RunSnapshot[] {
    return [...this.#runs.values()];
  }

  get(runId: string): RunSnapshot | undefined {
    return this.#runs.get(runId);
  }

  of(kernelId: string): readonly RunSnapshot[] {
    return [...(this.#told.get(kernelId) ?? [])].flatMap((runId) => this.#runs.get(runId) ?? []);
  }

  holder(runId: string): string | null {
    return this.#holders.get(runId) ?? null;
  }

  contours(kernelId: string): Contours | undefined {
    return this.#contours.get(kernelId);
  }

  receive(snapshots: unknown, kernelId?: string): void {
    if (!Array.isArray(snapshots)) return;
    for (const snapshot of snapshots) {
      if (!isSnapshot(snapshot)) continue;
      const { runId } = snapshot;
      const held = kernelId !== undefined && this.#hold(runId, kernelId);
      const known = this.#runs.get(runId);
      const old =
        known && (known.seq > snapshot.seq || (known.seq === snapshot.seq && !this.#lost.has(runId)));
      if (old) {
        if (held) this.#changed.emit(runId);
        continue;
      }
      this.#lost.delete(runId);
      this.#runs.delete(runId); // so that the map's order is by last news
      this.#runs.set(runId, snapshot);
      if (this.#runs.size > mostRuns) this.#drop(this.#runs.keys().next().value!);
      this.#changed.emit(runId);
    }
  }

  update(update: unknown, kernelId: string): boolean {
    if (!isUpdate(update)) return true; // no use asking
    const before = this.#runs.get(update.run.runId);
    if (!before || this.#lost.has(before.runId)) return false;
    if (before.seq >= update.run.seq) return true;
    const now = updated(before, update);
    if (now) this.receive([now], kernelId);
    return now !== null;
  }

  receiveContours(contours: unknown, kernelId: string): void {
    // Whoever draws them reads them against the schema.
    if (typeof contours === "object" && contours !== null) this.#contours.set(kernelId, contours as Contours);
  }

  keepOnly(kernelId: string, runIds: readonly string[]): void {
    for (const [runId, holder] of this.#holders) {
      if (holder !== kernelId || runIds.includes(runId)) continue;
      this.#holders.delete(runId);
      this.#lose(runId);
      this.#changed.emit(runId);
    }
  }

  forget(runIds: readonly string[]): void {
    for (const runId of runIds) {
      this.#drop(runId);
      this.#changed.emit(runId);
    }
  }

  /** A trainer ends at a checkpoint when its kernel is gone, and nobody is left to say so. */
  #lose(runId: string): void {
    const run = this.#runs.get(runId);
    if (run?.state !== "running" && run?.state !== "preparing") return;
    this.#runs.set(runId, { ...run, state: "paused", note: this.#words("its kernel no longer holds it") });
    this.#lost.add(runId);
  }

  /** @returns whether that is new */
  #hold(runId: string, kernelId: string): boolean {
    const told = this.#told.get(kernelId) ?? new Set();
    this.#told.set(kernelId, told.add(runId));
    const isNew = this.#holders.get(runId) !== kernelId;
    this.#holders.set(runId, kernelId);
    return isNew;
  }

  #drop(runId: string): void {
    this.#runs.delete(runId);
    this.#holders.delete(runId);
    this.#lost.delete(runId);
    for (const told of this.#told.values()) told.delete(runId);
  }
}

/** Enough to file it; whoever draws it reads it against the whole schema. */
function isSnapshot(value: unknown): value is RunSnapshot {
  if (typeof value !== "object" || value === null) return false;
  const { runId, seq } = value as Partial<RunSnapshot>;
  return typeof runId === "string" && typeof seq === "number" && Number.isFinite(seq);
}

function isUpdate(value: unknown): value is RunUpdate {
  const { after, run, series } = (value ?? {}) as Partial<RunUpdate>;
  return typeof after === "number" && isSnapshot(run) && typeof series === "object" && series !== null;
}

/** A message with each run as the store knows it, where that is newer: a plot whose display id is lost goes on. */
export function withNewest(message: PlotMessage, store: Pick<IRunStore, "get"> | null): PlotMessage {
  if (!store) return message;
  const runs = message.runs.map((run) => {
    const newest = store.get(run.runId);
    if (!newest || newest.seq < run.seq) return run;
    // A run that its kernel has lost has another state, and nothing else is new.
    return newest.seq > run.seq || newest.state !== run.state ? newest : run;
  });
  return { ...message, runs };
}
