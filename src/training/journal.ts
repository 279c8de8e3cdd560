import { rmSync } from "node:fs";
import { idealDistance, optimalityGaps } from "../evaluation/gaps.ts";
import type { RunDirectory, RunRecord } from "../runs/directory.ts";
import { RunStoreError } from "../runs/error.ts";
import { cutEvents, EventLog } from "../runs/event-log.ts";
import type { RunEvent } from "../runs/events.ts";
import { releaseOwnership } from "../runs/owner.ts";
import type { RunSnapshot, RunState } from "../runs/snapshot.ts";
import { SnapshotBuilder } from "../runs/snapshot-builder.ts";
import type { RunSummary } from "./run.ts";

/** Who hears of a run while it goes on. */
export interface Listener {
  event(event: RunEvent): void;
  snapshot(snapshot: RunSnapshot): void;
}

/** Snapshots are sent this far apart at least, in ms. */
const snapshotInterval = 100;

/** What a run tells: its events, to the file and to whoever listens, and the snapshots and summary made of them. */
export class Journal {
  /** The events that stayed when the run was cut to its checkpoint. */
  readonly events: readonly RunEvent[];
  /** Numbers of the lines after the checkpoint that could not be read, and so are lost. */
  readonly broken: readonly number[];
  readonly #directory: RunDirectory;
  readonly #listener: Listener;
  readonly #log: EventLog;
  readonly #builder: SnapshotBuilder;
  #lastSnapshot = 0;

  /**
   * Opens the run directory that this process owns; `close` ends that.
   * @param lines of `events.jsonl` that stay: those up to the checkpoint that the run resumes from
   */
  constructor(directory: RunDirectory, record: RunRecord, lines: number, listener: Listener) {
    removeSummary(directory.summary);
    this.#directory = directory;
    this.#listener = listener;
    const { events, broken } = cutEvents(directory.events, lines, (count) => directory.addCut(count));
    this.events = events;
    this.broken = broken;
    this.#builder = new SnapshotBuilder(record, directory.readCut());
    for (const event of this.events) this.#builder.add(event);
    this.#log = new EventLog(directory.events, this.events.length);
  }

  /** How many lines of events there are, and their SHA-256. All of them are in the file then, if not yet synced. */
  state(): { events: number; eventsDigest: string } {
    const eventsDigest = this.#log.digest();
    return { events: this.#log.count, eventsDigest };
  }

  emit(event: RunEvent, durable = false): void {
    this.#log.append(event);
    if (durable) this.#log.sync();
    this.#builder.add(event);
    this.#listener.event(event);
  }

  /** Step and time of an event that is written now. */
  now(step = this.#builder.step): { step: number; time: string } {
    return { step, time: new Date().toISOString() };
  }

  /** Records a failure; where there is no room for what waits to be written, in its place. */
  fail(error: string): void {
    const event: RunEvent = { type: "failed", ...this.now(), error };
    try {
      this.emit(event, true);
      return;
    } catch {
      // What was written stays; the run goes on from its last checkpoint all the same.
    }
    const dropped = this.#log.drop() - 1;
    try {
      if (dropped > 0) this.#directory.addCut(dropped);
      this.#log.append(event);
      this.#log.sync();
    } catch {
      this.#log.drop();
    }
    this.#builder.add(event);
    this.#listener.event(event);
  }

  /** Sends a snapshot where it is time for one. */
  breathe(): void {
    if (performance.now() - this.#lastSnapshot >= snapshotInterval) this.show();
  }

  /** Sends a snapshot. Its events are in the file first, so that `seq` never falls behind what was sent. */
  show(): void {
    this.#log.flush();
    this.#lastSnapshot = performance.now();
    this.#listener.snapshot(this.#builder.snapshot());
  }

  /** @param state that the run is about to be in, where its event is not written yet */
  summary(state: RunState = this.#builder.state): RunSummary {
    const { step, losses, ideal, start, seconds, tokens, resources } = this.#builder;
    const { dpo, sft } = losses;
    const point = dpo !== undefined && sft !== undefined && ideal ? { dpo, sft } : null;
    return {
      state,
      steps: step,
      losses,
      ideal,
      gaps: point && optimalityGaps(point, ideal!),
      idealDistance: point && idealDistance(point, ideal!),
      start,
      seconds,
      tokens,
      resources,
    };
  }

  close(): void {
    try {
      this.#log.close();
    } finally {
      releaseOwnership(this.#directory.owner);
    }
  }
}

/** A run that goes on has no summary. */
function removeSummary(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_FS_EISDIR") throw error;
    throw new RunStoreError(
      `${file} is a directory; expected the file that this run writes at its end: move it away`,
    );
  }
}
