import { rmSync, writeFileSync } from "node:fs";
import { idealDistance, optimalityGaps } from "../evaluation/gaps.ts";
import type { RunDirectory, RunRecord } from "../runs/directory.ts";
import { cutEvents, EventLog } from "../runs/event-log.ts";
import type { RunEvent } from "../runs/events.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
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
  readonly #directory: RunDirectory;
  readonly #listener: Listener;
  readonly #log: EventLog;
  readonly #builder: SnapshotBuilder;
  #lastSnapshot = 0;

  /**
   * Takes the run directory: this process is its trainer from here on, until `close`.
   * @param lines of `events.jsonl` that stay: those up to the checkpoint that the run resumes from
   */
  constructor(directory: RunDirectory, record: RunRecord, lines: number, listener: Listener) {
    writeFileSync(directory.owner, `${process.pid}\n`);
    rmSync(directory.summary, { force: true });
    this.#directory = directory;
    this.#listener = listener;
    this.events = cutEvents(directory.events, lines, (count) => directory.addCut(count));
    this.#builder = new SnapshotBuilder(record, directory.readCut());
    for (const event of this.events) this.#builder.add(event);
    this.#log = new EventLog(directory.events, this.events.length);
  }

  /** Events written so far, which is their number of lines. */
  get count(): number {
    return this.#log.count;
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

  sync(): void {
    this.#log.sync();
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

  summary(): RunSummary {
    const { state, step, losses, ideal, start, seconds, tokens, resources } = this.#builder;
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
    this.#log.close();
    rmSync(this.#directory.owner, { force: true });
  }
}
