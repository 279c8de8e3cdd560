import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Execution, Executor } from "../executors/executor.ts";
import { localExecutor } from "../executors/local.ts";
import type { Method } from "../methods/method.ts";
import type { ObjectiveDefinition } from "../objectives/index.ts";
import { RunDirectory } from "../runs/directory.ts";
import { readSnapshot } from "../runs/list.ts";
import { liveOwner, releaseOwnership, takeOwnership } from "../runs/owner.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import { createRun } from "../training/train.ts";
import { nextLambda } from "./adaptive.ts";
import type { Entry } from "./entry.ts";
import { SweepError } from "./error.ts";
import type { Point } from "./grid.ts";
import { configurationKey, inputAt, parsedAt, planSweep, pointsAt, type SweepInput } from "./plan.ts";
import {
  createSweepDirectory,
  findSweepDirectory,
  type JournalLine,
  type Outcome,
  type SweepDirectory,
  type SweepRecord,
} from "./record.ts";
import { Results, type SweepSnapshot, type SweepSummary } from "./results.ts";
import { meanOf } from "./summary.ts";

export interface SweepOptions {
  /** The directory of run directories; the sweep's own is `RUNS/sweeps/ID`. Default `runs`. */
  readonly runs?: string;
  /** Where the runs execute. Default: a pool of local processes, one for each core, of one thread each. */
  readonly executor?: Executor;
  /** How often a run that failed, or whose process was lost, is tried again from its last checkpoint. Default 2. */
  readonly retries?: number;
  /** Methods and objectives defined outside the library that specifications name. */
  readonly methods?: readonly Method[];
  readonly objectives?: readonly ObjectiveDefinition[];
}

/** What `sweep()` returns at once. */
export interface Sweep {
  readonly id: string;
  readonly directory: string;
  /** Settles when all runs have ended, or the sweep is paused. Failed runs do not reject it. */
  readonly done: Promise<SweepSummary>;
  snapshot(): SweepSnapshot;
  /** Called when something has changed, at most a few times a second. Returns the way to end it. */
  onChange(listener: (snapshot: SweepSnapshot) => void): () => void;
  /** Starts no more runs, pauses those that go on at their checkpoint, and ends; `resumeSweep` goes on. */
  pause(): Promise<void>;
}

/**
 * Starts a sweep: many runs of one base. What they share (the reference policy's log-probabilities, f*) is computed once.
 * @throws SweepError or SpecificationError before anything is written, where a run of it could not begin
 */
export function sweep(input: SweepInput, options: SweepOptions = {}): Sweep {
  const { runs = "runs", executor = localExecutor(), methods = [], objectives = [] } = options;
  const planned = planSweep(input, { methods, objectives });
  const parts = {
    ...planned,
    workingDirectory: process.cwd(),
    runs: resolve(runs),
    threads: executor.threads,
    executor: executor.name,
  };
  const probe: SweepRecord = { id: "", created: "", ...parts };
  const count = planned.list?.length ?? planned.points.length;
  for (let index = 0; index < count; index++) {
    const { method } = parsedAt(probe, planned.points, index, { methods, objectives });
    if (!executor.own && methods.some(({ name }) => name === method.name))
      throw new SweepError(
        `method ${JSON.stringify(method.name)} is of this process, and can't train on ${executor.name}`,
      );
  }
  const { directory, record } = createSweepDirectory(parts);
  return new Scheduler(directory, record, [], executor, options);
}

/**
 * Goes on with a sweep that was paused, or whose process was killed: finished runs are not repeated, half-done ones go on
 * from their last checkpoint, failed ones are tried again.
 * @throws SweepError where no sweep is, or another process is at it
 */
export function resumeSweep(directoryOrId: string, options: SweepOptions = {}): Sweep {
  const { runs = "runs", executor } = options;
  const directory = findSweepDirectory(directoryOrId, runs);
  const owner = liveOwner(directory.owner);
  if (owner !== null) throw new SweepError(`sweep ${directory.path} is at work now (process ${owner})`);
  const record = directory.read();
  const threads = record.threads ?? undefined;
  return new Scheduler(
    directory,
    record,
    directory.readJournal(),
    executor ?? localExecutor(threads === undefined ? {} : { threads }),
    options,
  );
}

/** Least time between two snapshots, in ms. */
const interval = 250;

class Scheduler implements Sweep {
  readonly done: Promise<SweepSummary>;
  readonly #directory: SweepDirectory;
  readonly #record: SweepRecord;
  readonly #executor: Executor;
  readonly #retries: number;
  readonly #given: { methods: readonly Method[]; objectives: readonly ObjectiveDefinition[] };
  readonly #points: Point[];
  readonly #entries: Entry[] = [];
  readonly #results: Results;
  /** Places whose turn is still to come, the first one last. */
  #queue: number[] = [];
  readonly #going = new Map<number, { execution: Execution | null; snapshot: RunSnapshot | null }>();
  readonly #listeners = new Set<(snapshot: SweepSnapshot) => void>();
  #timer: NodeJS.Timeout | null = null;
  #told = 0;
  #pausing = false;
  #wake: () => void = () => {};

  constructor(
    directory: SweepDirectory,
    record: SweepRecord,
    journal: readonly JournalLine[],
    executor: Executor,
    { retries = 2, methods = [], objectives = [] }: SweepOptions,
  ) {
    this.#directory = directory;
    this.#record = record;
    this.#executor = executor;
    this.#retries = retries;
    this.#given = { methods, objectives };
    this.#points = [...record.points];
    for (const line of journal) if (line.type === "added") this.#points.push(line.point);
    this.#results = new Results(record, this.#points);
    const count = record.list?.length ?? this.#points.length;
    for (let index = 0; index < count; index++) this.#enter(index);
    for (const line of journal) this.#replay(line);
    this.#queue = this.#entries.filter(({ state }) => state === "waiting").map(({ index }) => index);
    this.#queue.reverse();
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
    const ended = this.#going.size === 0 && this.#queue.length === 0;
    return this.#results.snapshot(
      this.#entries,
      going,
      this.#pausing ? "paused" : ended ? "finished" : "running",
    );
  }

  onChange(listener: (snapshot: SweepSnapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async pause(): Promise<void> {
    this.#pausing = true;
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
    if (line.type === "finished") this.#finish(entry, line.outcome);
  }

  async #run(): Promise<SweepSummary> {
    try {
      while (!this.#pausing) {
        this.#startSome();
        if (this.#going.size === 0) {
          if (this.#queue.length > 0) throw new SweepError("the executor has no room for a run");
          break;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          // Memory may have become free without any run of the sweep having ended.
          const again = setTimeout(resolve, 2000);
          again.unref();
        });
      }
      while (this.#going.size > 0)
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      return this.#results.write(this.#directory, this.#entries, this.#pausing ? "paused" : "finished");
    } finally {
      await this.#executor.close();
      if (this.#timer) clearTimeout(this.#timer);
      this.#tell();
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
    const lambda = nextLambda(tried);
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
    const going = { execution: null as Execution | null, snapshot: null as RunSnapshot | null };
    this.#going.set(index, going);
    const place = () => join(this.#record.runs, entry.run!);
    try {
      if (entry.run === null || !existsSync(join(place(), "run.json"))) {
        const input = inputAt(this.#record, this.#points, index);
        const { runs } = this.#record;
        const where = `run ${index} of sweep ${this.id}`;
        entry.run = createRun(input, { runs, where, ...this.#given }).record.id;
      } else if (this.#endedBefore(entry)) return;
      this.#directory.append({ type: "started", index, run: entry.run, attempt: entry.attempts });
      const specification = parsedAt(this.#record, this.#points, index, this.#given);
      const execution = this.#executor.start({
        directory: place(),
        id: entry.run,
        specification,
        ...this.#given,
      });
      going.execution = execution;
      execution.onSnapshot((snapshot) => {
        going.snapshot = snapshot;
        this.#changed();
      });
      void execution.ended.then((ended) => {
        if (ended.kind === "ended" && ended.state === "paused") this.#setAside(entry);
        else if (ended.kind === "ended") this.#ended(entry);
        else this.#failed(entry, ended.error);
      });
    } catch (error) {
      this.#failed(entry, error instanceof Error ? error.message : String(error));
    }
  }

  /** A run that had ended when the sweep's process was killed, before it could say so. */
  #endedBefore(entry: Entry): boolean {
    const run = new RunDirectory(join(this.#record.runs, entry.run!));
    const { state } = run.readSummary() ?? {};
    if (state !== "finished" && state !== "stopped") return false;
    if (readSnapshot(run).state !== state) return false;
    this.#ended(entry);
    return true;
  }

  #ended(entry: Entry): void {
    try {
      const summary = new RunDirectory(join(this.#record.runs, entry.run!)).readSummary();
      if (!summary) throw new SweepError(`run ${entry.run} has ended without a summary`);
      const { losses, idealDistance, gaps, start = null, seconds, tokens, resources } = summary;
      const outcome: Outcome = {
        dpo: losses.dpo ?? null,
        sft: losses.sft ?? null,
        idealDistance,
        dpoGap: gaps?.dpo ?? null,
        sftGap: gaps?.sft ?? null,
        start,
        seconds,
        tokens,
        peakMemory: resources?.peakMemory ?? null,
      };
      this.#directory.append({ type: "finished", index: entry.index, outcome });
      this.#finish(entry, outcome);
      this.#going.delete(entry.index);
      this.#changed();
      this.#wake();
    } catch (error) {
      this.#failed(entry, (error as Error).message);
    }
  }

  #finish(entry: Entry, outcome: Outcome): void {
    entry.state = "finished";
    entry.error = null;
    entry.outcome = outcome;
  }

  /** Not the same failure twice: what fails alike from the same checkpoint fails alike again. */
  #failed(entry: Entry, error: string): void {
    const last = this.#pausing ? false : entry.attempts > this.#retries || error === entry.error;
    entry.error = error;
    entry.state = last ? "failed" : "waiting";
    this.#going.delete(entry.index);
    this.#directory.append({ type: "failed", index: entry.index, error, last });
    if (!last) this.#queue.push(entry.index);
    this.#changed();
    this.#wake();
  }

  #setAside(entry: Entry): void {
    entry.state = "waiting";
    this.#going.delete(entry.index);
    this.#queue.push(entry.index);
    this.#changed();
    this.#wake();
  }

  #changed(): void {
    if (this.#timer || this.#listeners.size === 0) return;
    const wait = Math.max(0, this.#told + interval - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#tell();
    }, wait);
  }

  #tell(): void {
    this.#told = Date.now();
    if (this.#listeners.size === 0) return;
    const snapshot = this.snapshot();
    for (const listener of [...this.#listeners]) listener(snapshot);
  }
}
