import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MethodContext } from "../methods/method.ts";
import { stageLengths } from "../methods/sequential.ts";
import { objectivesOf, type RunObjectives } from "../objectives/index.ts";
import type { RunDirectory, RunRecord } from "../runs/directory.ts";
import { syncTree, writeJsonDurably } from "../runs/durable.ts";
import type { FinishedEvent } from "../runs/events.ts";
import type { OptionTable } from "../runs/options.ts";
import type { Specification } from "../runs/specification.ts";
import { loadOptimizer, newestCheckpoint, removeHalfWritten, writeCheckpoint } from "./checkpoint.ts";
import { type Control, type ControlRequest, Interrupted, OwnerGone } from "./control.ts";
import { DecisionExecutor } from "./decisions.ts";
import { TrainingError } from "./error.ts";
import { idealFromRuns } from "./ideal.ts";
import { Journal, type Listener } from "./journal.ts";
import type { RunSummary } from "./run.ts";
import type { DecisionSource } from "./source.ts";
import type { Task } from "./task.ts";
import { type Outcome, pauseOf, TrainingLoop } from "./training-loop.ts";
import { UsageSampler } from "./usage.ts";
import { openWorkshop, type Preparation, type Workshop } from "./workshop.ts";

export interface TrainerOptions {
  readonly directory: RunDirectory;
  readonly resume: boolean;
  readonly control: Control;
  readonly listener: Listener;
  /** The run's method as the trainer needs it; `source` starts its decisions. */
  readonly method: { readonly options: OptionTable };
  readonly source: (context: MethodContext) => DecisionSource;
  /** The run's objectives; left out, they are all built in. */
  readonly objectives?: RunObjectives;
}

/** How a run ended; `error` where it failed. */
export interface Ended {
  readonly summary: RunSummary;
  readonly error?: string;
}

/** One run from its directory to its end: preparation, replay, the loop, what is written last. */
export class Trainer {
  readonly #of: TrainerOptions;
  readonly #directory: RunDirectory;
  readonly #record: RunRecord;
  readonly #journal: Journal;
  /** The checkpoint that the run goes on from. */
  readonly #resumed: ReturnType<typeof newestCheckpoint>;

  constructor(of: TrainerOptions) {
    this.#of = of;
    this.#directory = of.directory;
    this.#record = of.directory.readRecord();
    removeHalfWritten(of.directory.checkpoints);
    this.#resumed = of.resume ? newestCheckpoint(of.directory.checkpoints) : null;
    this.#journal = new Journal(of.directory, this.#record, this.#resumed?.state.events ?? 0, of.listener);
  }

  /** Runs it. A failure is recorded, and returned with the summary. */
  async run(): Promise<Ended> {
    let task: Task | null = null;
    try {
      const preparation = this.#preparation();
      const objectives = this.#of.objectives ?? objectivesOf(this.#record.specification.objectives);
      const { versions } = this.#record;
      const workshop = await openWorkshop(this.#record.specification, preparation, objectives, versions);
      const { specification } = workshop;
      this.#keepHashes(workshop);
      if (this.#of.resume)
        this.#journal.emit({ type: "resumed", ...this.#journal.now(), ...this.#changes(workshop) });
      task = await workshop.createTask();
      const { steps, ideal } = this.#resumed
        ? this.#asStarted()
        : await this.#prepare(workshop, task, preparation);
      return await this.#train(workshop, task, { ...specification, steps, ideal }, steps);
    } catch (error) {
      if (error instanceof OwnerGone) return this.#interrupted(pauseOf(error));
      return error instanceof Interrupted ? this.#interrupted(error.request) : this.#failed(error);
    } finally {
      await task?.dispose();
      this.#journal.close();
    }
  }

  /** The number of steps and f*, before the first step. */
  async #prepare(workshop: Workshop, task: Task, preparation: Preparation) {
    const { specification } = workshop;
    const steps = numberOfSteps(specification, task);
    const ideal =
      specification.ideal === "runs"
        ? await idealFromRuns(workshop, specification, steps, preparation)
        : specification.ideal;
    return { steps, ideal };
  }

  /** The number of steps and f* as the run's first start recorded them. */
  #asStarted() {
    const started = this.#journal.events.find((event) => event.type === "started");
    if (!started)
      throw new TrainingError(`${this.#directory.events} has no "started" event before its checkpoint`);
    const { steps, ideal } = started;
    return { steps, ideal: ideal && { dpo: ideal.dpo!, sft: ideal.sft! } };
  }

  /**
   * Records at first the data's hashes, versions, and what the model decided of the specification; later, data that has
   * changed is an error.
   */
  #keepHashes({ specification, dataHashes, versions }: Workshop): void {
    const record = this.#directory.readRecord();
    for (const [name, hash] of Object.entries(record.dataHashes ?? {}))
      if (hash !== dataHashes[name])
        throw new TrainingError(
          `data.${name} has changed since the run began; put the old file back to resume, or start a new run`,
        );
    if (record.dataHashes) return;
    this.#directory.writeRecord({
      ...record,
      specification,
      dataHashes,
      versions: { ...record.versions, ...versions },
    });
  }

  /** What a resumed run's bits depend on and is not as it was. */
  #changes({ versions }: Workshop): { note?: string } {
    const then = this.#resumed?.state.versions ?? {};
    const now: Readonly<Record<string, string>> = { node: process.version, ...versions };
    const changed = Object.keys(now).filter((name) => name in then && then[name] !== now[name]);
    if (changed.length === 0) return {};
    const list = changed.map((name) => `${name} ${then[name]} → ${now[name]}`).join(", ");
    return { note: `resumed with ${list}: no longer bit for bit as without the pause` };
  }

  async #train(workshop: Workshop, task: Task, specification: Specification, steps: number): Promise<Ended> {
    const journal = this.#journal;
    const ideal = specification.ideal === "runs" ? null : specification.ideal;
    const executor = new DecisionExecutor(task, specification, steps);
    const checkpoint = () => this.#checkpoint(workshop, task, executor);
    const usage = new UsageSampler(
      workshop.versions.device !== undefined && workshop.versions.device !== "cpu",
    );
    const loop = new TrainingLoop({
      task,
      executor,
      source: this.#of.source({ steps, epoch: task.epoch, ideal }),
      specification,
      steps,
      options: this.#of.method.options,
      control: this.#of.control,
      emit: (event, durable) => journal.emit(event, durable),
      checkpoint,
      breathe: () => journal.breathe(),
      usage: () => usage.take(),
    });
    await loop.replay(journal.events, this.#resumed?.state.step ?? 0);
    if (this.#resumed) {
      const { directory, state } = this.#resumed;
      task.restore(state.task);
      await task.load(directory);
      loadOptimizer(directory, executor.optimizer, state);
    } else journal.emit({ type: "started", ...journal.now(0), steps, ideal });
    journal.show();
    usage.start();
    const outcome = await loop
      .run()
      .catch((error: unknown) => loop.abandon(error))
      .finally(() => usage.stop());
    if (outcome !== "paused") await this.#writeFinal(workshop, task);
    else if (loop.betweenSteps) await checkpoint();
    return this.#conclude(outcome, loop.ending);
  }

  async #checkpoint(workshop: Workshop, task: Task, executor: DecisionExecutor): Promise<void> {
    const journal = this.#journal;
    journal.sync();
    const directory = await writeCheckpoint(this.#directory.checkpoints, task, executor.optimizer, {
      version: 1,
      step: executor.step,
      events: journal.count,
      optimizer: { count: executor.optimizer.count },
      task: task.state(),
      versions: { ...this.#record.versions, ...workshop.versions },
    });
    journal.emit({ type: "checkpoint", ...journal.now(executor.step), directory }, true);
  }

  /** `final/` appears whole or not at all. */
  async #writeFinal(workshop: Workshop, task: Task): Promise<void> {
    const { final } = this.#directory;
    const beside = `${final}.tmp`;
    for (const path of [beside, final]) rmSync(path, { recursive: true, force: true });
    mkdirSync(beside, { recursive: true });
    await workshop.writeFinal(task, beside);
    syncTree(beside);
    renameSync(beside, final);
  }

  #conclude(outcome: Outcome, request: ControlRequest | null): Ended {
    const journal = this.#journal;
    if (outcome === "paused")
      journal.emit({ type: "paused", ...journal.now(), reason: request?.reason ?? "paused" }, true);
    else
      journal.emit(
        { type: "finished", ...journal.now(), reason: outcome satisfies FinishedEvent["reason"] },
        true,
      );
    const summary = journal.summary();
    if (outcome !== "paused") writeJsonDurably(this.#directory.summary, summary);
    journal.show();
    request?.settle();
    return { summary };
  }

  /** Paused or stopped before its first step: there is nothing to save. */
  #interrupted(request: ControlRequest): Ended {
    return this.#conclude(request.kind === "stop" ? "stopped" : "paused", request);
  }

  #failed(error: unknown): Ended {
    const text = inWords(error);
    this.#journal.emit({ type: "failed", ...this.#journal.now(), error: text }, true);
    this.#journal.show();
    return { summary: this.#journal.summary(), error: text };
  }

  #preparation(): Preparation {
    return {
      cache: join(dirname(this.#directory.path), ".cache"),
      note: (note) => {
        if (this.#resumed) return;
        this.#journal.emit({ type: "preparing", ...this.#journal.now(0), note });
        this.#journal.show();
      },
      checkpoint: () => this.#of.control.checkPreparation(),
    };
  }
}

/** An error of one of the rooms is its message; anything else is a fault of ours, and its stack goes to standard error. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const native = ["Error", "TypeError", "RangeError", "ReferenceError", "SyntaxError"];
  if (!native.includes(error.name)) return error.message;
  process.stderr.write(`${error.stack}\n`);
  return `${error.name}: ${error.message}`;
}

/** The run's steps: as given, or by epochs of the set with more batches. */
export function numberOfSteps({ steps, epochs, method }: Specification, task: Pick<Task, "epoch">): number {
  if (steps !== undefined) return steps;
  if (epochs !== undefined) return Math.max(1, Math.ceil(epochs * Math.max(...Object.values(task.epoch))));
  const stages = method as unknown as Parameters<typeof stageLengths>[0];
  return stageLengths(stages, 0, task.epoch).reduce((a, b) => a + b, 0);
}
