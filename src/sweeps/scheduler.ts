import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Executor } from "../executors/executor.ts";
import type { Method } from "../methods/method.ts";
import type { ObjectiveDefinition } from "../objectives/index.ts";
import { RunDirectory } from "../runs/directory.ts";
import { releaseOwnership, takeOwnership } from "../runs/owner.ts";
import { createRun } from "../training/train.ts";
import { nextLambda } from "./adaptive.ts";
import { Announcements } from "./announcements.ts";
import { ByHand, type Going } from "./by-hand.ts";
import type { Entry } from "./entry.ts";
import { SweepError } from "./error.ts";
import type { Point } from "./grid.ts";
import type { Sweep, SweepOptions } from "./options.ts";
import { endOf, hasEnded } from "./outcome.ts";
import { configurationKey, inputAt, parsedAt, pointsAt } from "./plan.ts";
import type { JournalLine, SweepDirectory, SweepRecord } from "./record.ts";
import { Results, type SweepSnapshot, type SweepSummary } from "./results.ts";
import { runsOfSweep } from "./runs-of-sweep.ts";
import { meanOf } from "./summary.ts";

/** Starts the runs of a sweep where there is room, hears how they end, and writes down both. */
export class Scheduler implements Sweep {
  readonly done: Promise<SweepSummary>;
  readonly #directory: SweepDirectory;
  readonly #record: SweepRecord;
  readonly #executor: Executor;
  readonly #retries: number;
  readonly #given: { methods: readonly Method[]; objectives: readonly ObjectiveDefinition[] };
  readonly #onRun: SweepOptions["onRun"];
  readonly #points: Point[];
  readonly #entries: Entry[] = [];
  readonly #results: Results;
  /** Places whose turn is still to come, the first one last. */
  readonly #queue: number[];
  readonly #going = new Map<number, Going>();
  readonly #byHand: ByHand;
  readonly #news = new Announcements(() => this.snapshot());
  #pausing = false;
  #broken: Error | null = null;
  #wake: () => void = () => {};

  constructor(
    directory: SweepDirectory,
    record: SweepRecord,
    journal: readonly JournalLine[],
    executor: Executor,
    { retries = 2, methods = [], objectives = [], onRun }: SweepOptions,
  ) {
    this.#directory = directory;
    this.#record = record;
    this.#executor = executor;
    this.#retries = retries;
    this.#given = { methods, objectives };
    this.#onRun = onRun;
    this.#points = [...record.points];
    for (const line of journal) if (line.type === "added") this.#points.push(line.point);
    this.#results = new Results(record, this.#points);
    const count = record.list?.length ?? this.#points.length;
    for (let index = 0; index < count; index++) this.#enter(index);
    for (const line of journal) this.#replay(line);
    this.#adopt();
    this.#queue = this.#entries.flatMap(({ state, index }) => (state === "waiting" ? index : [])).reverse();
    this.#byHand = new ByHand({
      queue: this.#queue,
      going: this.#going,
      changed: () => this.#changed(),
      ended: (entry) => this.#ended(entry),
      refuses: () =>
        this.#pausing || this.#broken
          ? `sweep ${this.id} starts no more runs; once it is resumed, it goes on with this one`
          : null,
    });
    takeOwnership(directory.owner);
    this.done = this.#run();
    // Who does not wait for the sweep is not told of its failure by a crash of their own process.
    this.done.catch(() => {});
  }

  get id(): string {
    return this.#record.id;
  }
  get directory(): string {
    return this.#directory.path;
  }

  snapshot(): SweepSnapshot {
    const going = [...this.#going.values()].flatMap(({ snapshot }) => snapshot ?? []);
    const held = this.#byHand.snapshots();
    const ended = this.#going.size === 0 && this.#queue.length === 0 && held.length === 0;
    return this.#results.snapshot(
      this.#entries,
      [...going, ...held],
      this.#pausing ? "paused" : ended ? "finished" : "running",
    );
  }

  onChange(listener: (snapshot: SweepSnapshot) => void): () => void {
    return this.#news.add(listener);
  }

  async pause(): Promise<void> {
    this.#pausing = true;
    this.#byHand.waitNoMore();
    await Promise.all([...this.#going.values()].map(({ execution }) => execution?.pause()));
    this.#wake();
    await this.done.catch(() => {});
  }

  #enter(index: number): void {
    const specification = parsedAt(this.#record, this.#points, index, this.#given);
    const key = configurationKey(specification, this.#record.list !== null);
    const configuration = this.#results.configuration(key, specification);
    this.#entries.push({
      index,
      configuration,
      state: "waiting",
      run: null,
      attempts: 0,
      error: null,
      outcome: null,
    });
  }

  /** A run that failed for good is tried again when the sweep is resumed. */
  #replay(line: JournalLine): void {
    if (line.type === "added") return;
    const entry = this.#entries[line.index];
    if (!entry)
      throw new SweepError(`${this.#directory.journal}: there is no run ${line.index} in this sweep`);
    if (line.type === "started") entry.run = line.run;
    if (line.type === "failed") entry.error = line.error;
    if (line.type === "finished") this.#finish(entry, line);
  }

  /** A run that was created when the sweep's process was killed, before the journal had it. */
  #adopt(): void {
    const known = new Set(this.#entries.map(({ run }) => run));
    for (const { id, index } of runsOfSweep(this.#record, known)) {
      const entry = this.#entries[index];
      if (entry && entry.run === null) entry.run = id;
    }
  }

  async #run(): Promise<SweepSummary> {
    try {
      while (!this.#pausing && !this.#broken) {
        try {
          this.#startSome();
        } catch (error) {
          this.#break(error as Error);
          continue;
        }
        if (this.#going.size === 0) {
          if (this.#queue.length > 0) throw new SweepError("the executor has no room for a run");
          // A run that is paused by hand is waited for.
          if (!this.#byHand.some()) break;
        }
        // Memory may have become free without any run of the sweep having ended.
        const again = setTimeout(() => this.#wake(), 2000);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        clearTimeout(again);
      }
      while (this.#going.size > 0)
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      if (this.#broken) throw this.#broken;
      return this.#results.write(this.#directory, this.#entries, this.#pausing ? "paused" : "finished");
    } finally {
      await this.#executor.close();
      this.#news.tell();
      releaseOwnership(this.#directory.owner);
    }
  }

  #startSome(): void {
    for (;;) {
      if (this.#queue.length === 0) this.#decide();
      if (this.#queue.length === 0 || !this.#executor.hasRoom(this.#going.size)) return;
      this.#start(this.#entries[this.#queue.pop()!]!);
    }
  }

  /** An adaptive sweep's next λ, where there is room for its runs and budget. */
  #decide(): void {
    const { adaptive } = this.#record;
    if (!adaptive || this.#points.length + adaptive.seeds.length > adaptive.budget) return;
    if (!this.#executor.hasRoom(this.#going.size)) return;
    const tried = this.#results
      .all(this.#entries)
      .flatMap((one) => (one.lambda === null ? [] : [{ lambda: one.lambda, point: meanOf(one) }]));
    const lambda = nextLambda(tried, adaptive.reference ?? null);
    if (lambda === null) return;
    for (const point of pointsAt(adaptive, lambda)) {
      this.#directory.append({ type: "added", point });
      const index = this.#points.push(point) - 1;
      this.#enter(index);
      this.#queue.unshift(index);
    }
  }

  #start(entry: Entry): void {
    const { index } = entry;
    entry.state = "going";
    entry.attempts++;
    const going: Going = { execution: null, snapshot: null, held: false };
    this.#going.set(index, going);
    const place = () => join(this.#record.runs, entry.run!);
    try {
      if (entry.run === null || !existsSync(join(place(), "run.json"))) {
        const input = inputAt(this.#record, this.#points, index);
        const { runs } = this.#record;
        const where = `run ${index} of sweep ${this.id}`;
        const sweep = { id: this.id, index };
        entry.run = createRun(input, { runs, where, sweep, ...this.#given }).record.id;
      } else if (this.#endedBefore(entry)) return;
      this.#directory.append({ type: "started", index, run: entry.run, attempt: entry.attempts });
      const specification = parsedAt(this.#record, this.#points, index, this.#given);
      const execution = this.#executor.start({
        directory: place(),
        id: entry.run,
        specification,
        ...this.#given,
        onRun: (run) => {
          const handle = this.#byHand.trains(entry, run);
          if (handle) this.#onRun?.(handle);
        },
      });
      going.execution = execution;
      execution.onSnapshot((snapshot) => {
        going.snapshot = snapshot;
        this.#news.changed();
      });
      execution.ended
        .then((ended) => {
          if (ended.kind === "ended" && ended.state === "paused") this.#setAside(entry);
          else if (ended.kind === "ended") this.#ended(entry);
          else this.#failed(entry, ended.error);
        })
        .catch((error: Error) => this.#break(error));
    } catch (error) {
      this.#failed(entry, error instanceof Error ? error.message : String(error));
    }
  }

  /** A run that had ended when the sweep's process was killed, before it could say so. */
  #endedBefore(entry: Entry): boolean {
    if (!hasEnded(new RunDirectory(join(this.#record.runs, entry.run!)))) return false;
    this.#ended(entry);
    return true;
  }

  #ended(entry: Entry): void {
    const { index } = entry;
    try {
      const { outcome, stopped } = endOf(new RunDirectory(join(this.#record.runs, entry.run!)));
      const line = { type: "finished", index, outcome, ...(stopped && { stopped }) } as const;
      this.#directory.append(line);
      this.#finish(entry, line);
      this.#leave(entry);
    } catch (error) {
      this.#failed(entry, (error as Error).message);
    }
  }

  #finish(entry: Entry, { outcome, stopped }: JournalLine & { type: "finished" }): void {
    entry.state = stopped ? "stopped" : "finished";
    entry.error = null;
    entry.outcome = outcome;
  }

  /** It goes on no more, and its room is free. */
  #leave({ index, state }: Entry): void {
    this.#going.delete(index);
    if (state !== "paused") this.#byHand.forget(index);
    this.#changed();
  }

  #changed(): void {
    this.#news.changed();
    this.#wake();
  }

  /** Not the same failure twice: what fails alike from the same checkpoint fails alike again. */
  #failed(entry: Entry, error: string): void {
    const last = this.#pausing ? false : entry.attempts > this.#retries || error === entry.error;
    entry.error = error;
    entry.state = last ? "failed" : "waiting";
    this.#directory.append({ type: "failed", index: entry.index, error, last });
    if (!last) this.#queue.push(entry.index);
    this.#leave(entry);
  }

  /** The journal can't be written any more (a full disk): the runs pause at their checkpoints, and the sweep fails in its words. */
  #break(error: Error): void {
    this.#broken ??= error;
    for (const [index, { execution }] of [...this.#going]) {
      if (!execution) {
        this.#going.delete(index);
        continue;
      }
      void execution.pause();
      void execution.ended.finally(() => {
        this.#going.delete(index);
        this.#wake();
      });
    }
    this.#wake();
  }

  #setAside(entry: Entry): void {
    const held = this.#going.get(entry.index)?.held === true && !this.#pausing;
    entry.state = held ? "paused" : "waiting";
    if (held) entry.attempts--;
    else this.#queue.push(entry.index);
    this.#leave(entry);
  }
}
