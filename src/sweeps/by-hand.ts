import type { Execution } from "../executors/executor.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import type { Run } from "../training/run.ts";
import type { Entry } from "./entry.ts";
import { SweepError } from "./error.ts";
import { RunOfSweep } from "./run-of-sweep.ts";

/** A run of a sweep that goes on. */
export interface Going {
  execution: Execution | null;
  snapshot: RunSnapshot | null;
  /** It was asked to pause by its own handle. */
  held: boolean;
}

/** What of its sweep a run's handle acts on. */
interface Turns {
  /** Places whose turn is still to come, the first one last. */
  readonly queue: number[];
  readonly going: Map<number, Going>;
  /** There may be something to start, and something to tell. */
  changed(): void;
  ended(entry: Entry): void;
  /** Why no run is started any more; null where they are. */
  refuses(): string | null;
}

/** Single runs of a sweep, on this machine, that their handles pause, resume and stop while the others go on. */
export class ByHand {
  readonly #turns: Turns;
  /** Of runs that go on, and of those that were paused by hand. */
  readonly #handles = new Map<number, RunOfSweep>();

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** Whether any run that went on here has not ended. */
  some(): boolean {
    return this.#handles.size > 0;
  }

  /** Of the runs that are paused, or wait for room again. */
  snapshots(): RunSnapshot[] {
    return [...this.#handles].flatMap(([at, run]) => (this.#turns.going.has(at) ? [] : run.snapshot()));
  }

  /** A run trains, by that handle of its own. @returns the one that others get; null where they have it already */
  trains(entry: Entry, run: Run): RunOfSweep | null {
    const known = this.#handles.get(entry.index);
    known?.goesOn(run);
    if (known) return null;
    const handle = new RunOfSweep(run, {
      pause: (current) => this.#pause(entry, current),
      resume: () => this.#resume(entry),
      stop: (current) => this.#stop(entry, current),
    });
    this.#handles.set(entry.index, handle);
    return handle;
  }

  waitNoMore(): void {
    for (const handle of this.#handles.values()) handle.waitsNoMore();
  }

  forget(index: number): void {
    this.#handles.get(index)?.waitsNoMore();
    this.#handles.delete(index);
  }

  async #pause(entry: Entry, run: Run): Promise<void> {
    const going = this.#turns.going.get(entry.index);
    if (going?.execution) {
      going.held = true;
      await going.execution.pause();
      await going.execution.ended;
    } else if (this.#outOfQueue(entry)) {
      entry.state = "paused";
      this.#turns.changed();
    } else await run.pause();
  }

  /** Next in turn. */
  async #resume(entry: Entry): Promise<void> {
    const why = this.#turns.refuses();
    if (why !== null) throw new SweepError(why);
    if (entry.state !== "paused") return;
    entry.state = "waiting";
    this.#turns.queue.push(entry.index);
    const gone = this.#handles.get(entry.index)!.waits();
    this.#turns.changed();
    await gone;
  }

  /** One that is paused goes on for as long as that takes. */
  async #stop(entry: Entry, run: Run): Promise<void> {
    const { index } = entry;
    const { going } = this.#turns;
    const now = going.get(index);
    if (now || !this.#handles.has(index)) {
      await run.stop();
      await now?.execution?.ended;
      return;
    }
    this.#outOfQueue(entry);
    going.set(index, { execution: null, snapshot: null, held: false });
    entry.state = "going";
    try {
      await run.stop();
    } catch (error) {
      going.delete(index);
      entry.state = "paused";
      this.#turns.changed();
      throw error;
    }
    this.#turns.ended(entry);
  }

  /** @returns whether it waited for room */
  #outOfQueue({ index }: Entry): boolean {
    const at = this.#turns.queue.indexOf(index);
    const handle = this.#handles.get(index);
    if (at < 0 || !handle) return false;
    this.#turns.queue.splice(at, 1);
    handle.waitsNoMore();
    return true;
  }
}
