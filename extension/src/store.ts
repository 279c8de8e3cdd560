import { type ISignal, Signal } from "@lumino/signaling";
import type { PlotMessage, RunSnapshot } from "../../src/runs/snapshot.ts";
import type { IRunStore } from "./store-token.ts";

/** No session has this many runs; what lies beyond is the oldest, or a flood. */
const mostRuns = 2000;

export class RunStore implements IRunStore {
  readonly #runs = new Map<string, RunSnapshot>();
  readonly #changed = new Signal<this, string>(this);

  get changed(): ISignal<this, string> {
    return this.#changed;
  }

  get runs(): readonly RunSnapshot[] {
    return [...this.#runs.values()];
  }

  get(runId: string): RunSnapshot | undefined {
    return this.#runs.get(runId);
  }

  receive(snapshots: unknown): void {
    if (!Array.isArray(snapshots)) return;
    for (const snapshot of snapshots) {
      if (!isSnapshot(snapshot)) continue;
      const known = this.#runs.get(snapshot.runId);
      if (known && known.seq >= snapshot.seq) continue;
      this.#runs.delete(snapshot.runId); // so that the map's order is by last news
      this.#runs.set(snapshot.runId, snapshot);
      if (this.#runs.size > mostRuns) this.#runs.delete(this.#runs.keys().next().value!);
      this.#changed.emit(snapshot.runId);
    }
  }
}

/** Enough to file it; whoever draws it reads it against the whole schema. */
function isSnapshot(value: unknown): value is RunSnapshot {
  if (typeof value !== "object" || value === null) return false;
  const { runId, seq } = value as Partial<RunSnapshot>;
  return typeof runId === "string" && typeof seq === "number" && Number.isFinite(seq);
}

/** A message with each run as the store knows it, where that is newer: a plot whose display id is lost goes on. */
export function withNewest(message: PlotMessage, store: Pick<IRunStore, "get"> | null): PlotMessage {
  if (!store) return message;
  const runs = message.runs.map((run) => {
    const newest = store.get(run.runId);
    return newest && newest.seq > run.seq ? newest : run;
  });
  return { ...message, runs };
}
