import type { RunEvent } from "../runs/events.ts";
import type { RunSnapshot, RunState } from "../runs/snapshot.ts";
import type { Specification } from "../runs/specification.ts";
import type { Run, RunSummary } from "../training/run.ts";

/** A run's place in its sweep, which counts it and gives it room. */
export interface Place {
  pause(run: Run): Promise<void>;
  resume(): Promise<void>;
  stop(run: Run): Promise<void>;
}

/**
 * The handle of one run of a sweep: paused, it leaves its room to the next; resumed, it goes on where there is room again, in another
 * trainer and under the same handle.
 */
export class RunOfSweep implements Run {
  readonly #place: Place;
  #run: Run;
  /** In place of the run's own while it waits for room. */
  #waiting: RunSnapshot | null = null;
  #waitedFor: () => void = () => {};
  readonly #onSnapshot = new Set<(snapshot: RunSnapshot) => void>();
  readonly #onEvent = new Set<(event: RunEvent) => void>();

  constructor(run: Run, place: Place) {
    this.#place = place;
    this.#run = run;
    this.goesOn(run);
  }

  get id(): string {
    return this.#run.id;
  }
  get directory(): string {
    return this.#run.directory;
  }
  get specification(): Specification {
    return this.#run.specification;
  }
  get state(): RunState {
    return this.snapshot().state;
  }
  get done(): Promise<RunSummary> {
    return this.#run.done;
  }

  snapshot(): RunSnapshot {
    return this.#waiting ?? this.#run.snapshot();
  }

  onSnapshot(listener: (snapshot: RunSnapshot) => void): () => void {
    this.#onSnapshot.add(listener);
    return () => this.#onSnapshot.delete(listener);
  }

  onEvent(listener: (event: RunEvent) => void): () => void {
    if (this.#onEvent.size === 0) this.#hearEvents();
    this.#onEvent.add(listener);
    return () => this.#onEvent.delete(listener);
  }

  pause(): Promise<void> {
    return this.#place.pause(this.#run);
  }
  resume(): Promise<void> {
    return this.#place.resume();
  }
  stop(): Promise<void> {
    return this.#place.stop(this.#run);
  }
  steer(options: { lambda: number }): Promise<void> {
    return this.#run.steer(options);
  }

  /** It trains, by that handle. */
  goesOn(run: Run): void {
    this.#run = run;
    this.#waiting = null;
    this.#waitedFor();
    run.onSnapshot((snapshot) => this.#tell(snapshot));
    if (this.#onEvent.size > 0) this.#hearEvents();
  }

  /** It shall go on, and there may be no room yet. Settles when it goes on, or waits no more. */
  waits(): Promise<void> {
    const snapshot = this.#run.snapshot();
    const note = "waiting for room in its sweep";
    this.#waiting = { ...snapshot, seq: snapshot.seq + 1, state: "preparing", note };
    this.#tell(this.#waiting);
    return new Promise((resolve) => {
      this.#waitedFor = resolve;
    });
  }

  /** It is paused as before. */
  waitsNoMore(): void {
    if (this.#waiting?.state !== "preparing") return;
    this.#waiting = { ...this.#run.snapshot(), seq: this.#waiting.seq + 1 };
    this.#tell(this.#waiting);
    this.#waitedFor();
  }

  #tell(snapshot: RunSnapshot): void {
    for (const listener of [...this.#onSnapshot]) listener(snapshot);
  }

  #hearEvents(): void {
    this.#run.onEvent((event) => {
      for (const listener of [...this.#onEvent]) listener(event);
    });
  }
}
