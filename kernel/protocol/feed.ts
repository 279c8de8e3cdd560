import type { RunSnapshot } from "../../src/runs/snapshot.ts";
import { UPDATE_MIME, type UpdateMessage, updateBetween } from "../../src/runs/snapshot-update.ts";
import type { Content } from "./message.ts";

/** Least time between two messages, in ms. */
const INTERVAL = 100;
/** Characters a second: Jupyter Server drops a kernel's messages beyond 1 MB/s, and plots and prints are to come through, too. */
const MOST_PER_SECOND = 700_000;
/** No output has this id. */
const PLACE = "alright.feed";

/**
 * Tells every front end what the session's runs do, at most ten times a second: changed runs only, and of a run that goes on only
 * what is new. A front end that missed something asks for `snapshots`.
 */
export class Feed {
  readonly #publish: (kind: string, content: Content) => void;
  /** As they were last told. */
  readonly #told = new Map<string, RunSnapshot>();
  readonly #waiting = new Map<string, RunSnapshot>();
  #timer: NodeJS.Timeout | null = null;
  #next = 0;

  constructor(publish: (kind: string, content: Content) => void) {
    this.#publish = publish;
  }

  add(snapshot: RunSnapshot): void {
    const { runId, seq, state } = snapshot;
    const known = this.#waiting.get(runId) ?? this.#told.get(runId);
    if (known && (known.seq > seq || (known.seq === seq && known.state === state))) return;
    this.#waiting.set(runId, snapshot);
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, this.#next - performance.now()));
    this.#timer.unref();
  }

  /** The run has ended, and no front end needs to hear more of it. */
  forget(runId: string): void {
    for (const kept of [this.#told, this.#waiting]) kept.delete(runId);
  }

  #tell(): void {
    this.#timer = null;
    if (this.#waiting.size === 0) return;
    const message = this.#message();
    const data = { [UPDATE_MIME]: message };
    this.#publish("update_display_data", { data, metadata: {}, transient: { display_id: PLACE } });
    const characters = JSON.stringify(message).length;
    this.#next = performance.now() + Math.max(INTERVAL, (1000 * characters) / MOST_PER_SECOND);
  }

  #message(): UpdateMessage {
    const snapshots: RunSnapshot[] = [];
    const updates: UpdateMessage["updates"][number][] = [];
    for (const [runId, now] of this.#waiting) {
      const before = this.#told.get(runId);
      // What a run ends as stays in view and may be saved: it is told exactly.
      if (before?.state === now.state && isGoing(now)) updates.push(updateBetween(before, now));
      else snapshots.push(now);
      this.#told.set(runId, now);
    }
    this.#waiting.clear();
    return { version: 1, snapshots, updates };
  }
}

function isGoing({ state }: RunSnapshot): boolean {
  return state === "running" || state === "preparing";
}
