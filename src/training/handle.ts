import { findMethod } from "../methods/registry.ts";
import type { LocalObjective, ObjectiveSlot } from "../objectives/index.ts";
import type { RunDirectory, RunRecord } from "../runs/directory.ts";
import { appendEvent } from "../runs/event-log.ts";
import type { RunEvent } from "../runs/events.ts";
import { readSnapshot } from "../runs/list.ts";
import type { RunSnapshot, RunState } from "../runs/snapshot.ts";
import type { Specification } from "../runs/specification.ts";
import { TrainerCrashed, TrainingError } from "./error.ts";
import type { FromTrainer, ToTrainer } from "./messages.ts";
import { described, type Own, ownObjective } from "./own.ts";
import type { Run, RunSummary } from "./run.ts";
import { type DecisionSource, localSource } from "./source.ts";
import { checkSteering } from "./steering.ts";
import { startTrainer, type TrainerChild } from "./trainer-child.ts";

/** A request that waits for its reply. */
interface Asked {
  readonly what: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A run as its caller holds it: talks to the trainer process, starts another one to resume, and says in words how one died. */
export class RunHandle implements Run {
  readonly #directory: RunDirectory;
  readonly #record: RunRecord;
  /** Method and objectives that are not built in, and so stay in this process. */
  readonly #own: Own;
  #child: TrainerChild | null = null;
  #snapshot: RunSnapshot;
  #done!: Promise<RunSummary>;
  readonly #replies = new Map<number, Asked>();
  #nextId = 1;
  #resuming: Promise<void> | null = null;
  #pausing = 0; // asked for, and not yet durable
  /** The decisions of the own method, once the trainer has asked for the first. */
  #source: DecisionSource | null = null;
  /** The own objectives, once the trainer has asked them. */
  readonly #objectives = new Map<ObjectiveSlot, LocalObjective>();
  readonly #onSnapshot = new Set<(snapshot: RunSnapshot) => void>();
  readonly #onEvent = new Set<(event: RunEvent) => void>();

  /** Starts the run's trainer process. */
  constructor(directory: RunDirectory, record: RunRecord, own: Own, resume: boolean) {
    this.#directory = directory;
    this.#record = record;
    this.#own = own;
    // On disk, a run whose trainer has not yet spoken looks like one whose trainer is gone.
    this.#snapshot = { ...readSnapshot(directory), state: "preparing", note: "starting the trainer" };
    this.#launch(resume);
  }

  get id(): string {
    return this.#record.id;
  }
  get directory(): string {
    return this.#directory.path;
  }
  get specification(): Specification {
    return this.#record.specification;
  }
  get state(): RunState {
    return this.#snapshot.state;
  }
  get done(): Promise<RunSummary> {
    return this.#done;
  }

  snapshot(): RunSnapshot {
    return this.#snapshot;
  }

  onSnapshot(listener: (snapshot: RunSnapshot) => void): () => void {
    this.#onSnapshot.add(listener);
    return () => this.#onSnapshot.delete(listener);
  }

  onEvent(listener: (event: RunEvent) => void): () => void {
    if (this.#onEvent.size === 0) this.#child?.send({ type: "events" });
    this.#onEvent.add(listener);
    return () => this.#onEvent.delete(listener);
  }

  async pause(): Promise<void> {
    if (this.state === "paused" && !this.#child) return;
    const ended = this.#done.catch(() => {});
    this.#pausing++;
    try {
      await this.#ask({ type: "pause", id: this.#nextId++, reason: "paused" }, "pause");
      await ended;
    } finally {
      this.#pausing--;
    }
  }

  resume(): Promise<void> {
    this.#resuming ??= this.#resume().finally(() => {
      this.#resuming = null;
    });
    return this.#resuming;
  }

  async #resume(): Promise<void> {
    if (this.#child) {
      // What was last heard of a trainer that ends, or was asked to pause, is older than its end.
      if (this.state !== "paused" && this.#pausing === 0 && this.#child.connected) return;
      await this.#done.catch(() => {});
    }
    if (this.state === "finished" || this.state === "stopped")
      throw new TrainingError(`run ${this.id} is ${this.state}; a run that has ended can't be resumed`);
    this.#launch(true);
    let end = () => {};
    const goesOn = new Promise<void>((resolve) => {
      end = this.onSnapshot(({ state }) => {
        if (state !== "paused") resolve();
      });
    });
    try {
      await Promise.race([goesOn, this.#done]);
    } finally {
      end();
    }
  }

  async stop(): Promise<void> {
    if (!this.#child && this.state === "paused") await this.resume();
    const ended = this.#done.catch(() => {});
    await this.#ask({ type: "stop", id: this.#nextId++ }, "stop");
    await ended;
  }

  async steer(options: { lambda: number }): Promise<void> {
    if (!this.#child && this.state === "paused") return this.#steerPaused(options);
    await this.#ask({ type: "steer", id: this.#nextId++, options }, "steer");
  }

  /** Records what the run goes on with, whoever resumes it. */
  #steerPaused(options: { lambda: number }): void {
    const owner = this.#directory.liveOwner();
    if (owner !== null)
      throw new TrainingError(
        `run ${this.id} has been resumed by another process (its trainer is ${owner}); steer it there`,
      );
    const { name } = this.specification.method;
    const table = (this.#own.method ?? findMethod(name)).options;
    const step = this.#snapshot.step + 1;
    const event = {
      type: "steered",
      step,
      time: now(),
      options: checkSteering(options, table, name),
    } as const;
    appendEvent(this.#directory.events, event);
    this.#receive(readSnapshot(this.#directory));
    for (const listener of [...this.#onEvent]) listener(event);
  }

  #launch(resume: boolean): void {
    const child = startTrainer(this.#record.workingDirectory, (message) => this.#hear(message));
    this.#child = child;
    const { method, objectives } = described(this.#own);
    const { directory } = this;
    // Once whoever started it has had their turn: a listener for events that is there by then misses none.
    queueMicrotask(() => {
      const events = this.#onEvent.size > 0;
      child.send({ type: "start", directory, resume, events, method, objectives });
    });
    this.#done = child.ended.then((ended) => {
      this.#child = null;
      this.#settleAll();
      if (ended.type === "crashed") throw this.#crashed(ended.how);
      if (ended.type === "refused") throw this.#refused(ended.error);
      if (ended.error !== undefined) throw new TrainingError(ended.error);
      return ended.summary;
    });
    // Who does not wait for the run is not told of its failure by a crash of their own process.
    this.#done.catch(() => {});
  }

  #hear(message: Exclude<FromTrainer, { type: "ended" | "refused" }>): void {
    switch (message.type) {
      case "snapshot":
        this.#receive(message.snapshot);
        break;
      case "events":
        for (const event of message.events) for (const listener of [...this.#onEvent]) listener(event);
        break;
      case "reply":
        this.#settle(message.id, message.error);
        break;
      case "decide":
        if (message.context)
          this.#source = localSource(this.#own.method!, this.specification.seed, message.context);
        void this.#decide(this.#source!, message);
        break;
      case "weigh":
        this.#child?.send(this.#weigh(message));
    }
  }

  #weigh({ slot, part }: FromTrainer & { type: "weigh" }): ToTrainer {
    try {
      let objective = this.#objectives.get(slot);
      if (!objective)
        this.#objectives.set(slot, (objective = ownObjective(this.#own, slot, this.specification)));
      return { type: "weighed", value: objective.value(part) };
    } catch (error) {
      return { type: "weighed", error: error instanceof Error ? error.message : String(error) };
    }
  }

  async #decide(source: DecisionSource, { answer, options }: FromTrainer & { type: "decide" }) {
    try {
      this.#child?.send({ type: "decided", decision: await source.next(answer, options) });
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      this.#child?.send({ type: "decided", decision: null, error: words });
    }
  }

  /** Records how a trainer ended without a last message. */
  #crashed(how: string): TrainingError {
    const step = this.#snapshot.step;
    const message = `after step ${step}, the trainer process of run ${this.id} ${how}; resume the run to go on from its last checkpoint`;
    try {
      // Another process may have gone on with the run already.
      if (this.#directory.liveOwner() === null)
        appendEvent(this.#directory.events, { type: "failed", step, time: now(), error: message });
      this.#receive(readSnapshot(this.#directory));
    } catch {
      this.#receive({ ...this.#snapshot, seq: this.#snapshot.seq + 1, state: "failed", note: message });
    }
    return new TrainerCrashed(message);
  }

  /** The trainer did not begin: the run is as it was. */
  #refused(error: string): TrainingError {
    const { state, note } = readSnapshot(this.#directory);
    this.#receive({ ...this.#snapshot, state, note: state === "running" ? note : error });
    return new TrainingError(error);
  }

  #receive(snapshot: RunSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of [...this.#onSnapshot]) listener(snapshot);
  }

  #ask(message: ToTrainer & { id: number }, what: string): Promise<void> {
    if (!this.#child?.connected)
      return Promise.reject(
        new TrainingError(`run ${this.id} is ${this.state}; there is nothing to ${what}`),
      );
    return new Promise((resolve, reject) => {
      this.#replies.set(message.id, { what, resolve, reject });
      this.#child!.send(message);
    });
  }

  /** What was asked too late to be heard is done all the same where the run has come to that state. */
  #settleAll(): void {
    const reached: Readonly<Record<string, readonly RunState[]>> = { pause: ["paused"], stop: ["stopped"] };
    for (const [id, { what }] of [...this.#replies])
      this.#settle(id, reached[what]?.includes(this.state) ? undefined : `run ${this.id} is ${this.state}`);
  }

  #settle(id: number, error: string | undefined): void {
    const waiting = this.#replies.get(id);
    this.#replies.delete(id);
    if (error === undefined) waiting?.resolve();
    else waiting?.reject(new TrainingError(error));
  }
}

const now = () => new Date().toISOString();
