import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MethodContext } from "../methods/method.ts";
import { objectivesOf, type RunObjectives } from "../objectives/index.ts";
import type { RunDirectory, RunRecord } from "../runs/directory.ts";
import { syncPath, syncTree } from "../runs/durable.ts";
import type { FinishedEvent, RunEvent } from "../runs/events.ts";
import type { OptionTable } from "../runs/options.ts";
import { releaseOwnership, takeOwnership } from "../runs/owner.ts";
import type { Specification } from "../runs/specification.ts";
import { writingFailed } from "../runs/writing-failed.ts";
import { type Checkpoint, loadOptimizer } from "./checkpoint.ts";
import { CheckpointWriter } from "./checkpoint-writer.ts";
import { type Control, type ControlRequest, Interrupted, OwnerGone } from "./control.ts";
import { DecisionExecutor } from "./decisions.ts";
import { TrainingError } from "./error.ts";
import { pinHubNames } from "./hub-names.ts";
import { idealFromRuns } from "./ideal.ts";
import { Journal, type Listener } from "./journal.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { numberOfSteps } from "./number-of-steps.ts";
import { type Recovery, recover, removeHalfWritten } from "./recovery.ts";
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
  readonly #checkpoints: CheckpointWriter;
  readonly #memory = new MemoryWatch();
  /** The checkpoint that the run goes on from. */
  readonly #resumed: Checkpoint | null;
  /** What damage took, in words. */
  readonly #lost: string | null;

  /**
   * Takes the run directory: this process is its trainer from here on.
   * @throws RunStoreError where another process trains there, or the run can't go on from what is there; nothing is changed then
   */
  constructor(of: TrainerOptions) {
    const { directory, resume, listener } = of;
    this.#of = of;
    this.#directory = directory;
    this.#record = directory.readRecord();
    takeOwnership(directory.owner);
    try {
      const { checkpoint, lost }: Recovery = resume ? recover(directory) : { checkpoint: null, lost: null };
      this.#resumed = checkpoint;
      this.#lost = lost;
      removeHalfWritten(directory);
      this.#journal = new Journal(directory, this.#record, checkpoint?.state.events ?? 0, listener);
    } catch (error) {
      releaseOwnership(directory.owner);
      throw error;
    }
    this.#checkpoints = new CheckpointWriter(
      directory,
      this.#resumed?.state.step ?? null,
      ({ directory, step, seconds }) =>
        this.#journal.emit({ type: "checkpoint", ...this.#journal.now(step), directory, seconds }),
    );
  }

  /** Runs it. A failure is recorded, and returned with the summary. */
  async run(): Promise<Ended> {
    let task: Task | null = null;
    try {
      const preparation = this.#preparation();
      const objectives = this.#of.objectives ?? objectivesOf(this.#record.specification.objectives);
      const { versions } = this.#record;
      const pinned = await pinHubNames(this.#record.specification, preparation);
      const workshop = await openWorkshop(pinned, preparation, objectives, versions);
      const { specification } = workshop;
      this.#keepHashes(workshop);
      // One that was prepared by another process, and begins here, goes on with nothing.
      if (this.#of.resume && this.#journal.events.length > 0)
        this.#journal.emit({ type: "resumed", ...this.#journal.now(), ...this.#note(workshop) });
      task = await workshop.createTask();
      const { steps, ideal } = this.#resumed
        ? this.#asStarted()
        : await this.#prepare(workshop, task, preparation);
      return await this.#train(workshop, task, { ...specification, steps, ideal }, steps);
    } catch (error) {
      if (error instanceof OwnerGone) return this.#interrupted(pauseOf(error));
      return error instanceof Interrupted ? this.#interrupted(error.request) : await this.#failed(error);
    } finally {
      await this.#checkpoints.close();
      await task?.dispose();
      try {
        this.#journal.close();
      } catch {
        // Whatever had to be in the file was synced when it was written, or its failure has been told.
      }
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
   * Records at first the data's hashes, versions, and what the hub and the model decided of the specification; later, data that has
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

  /** What a resumed run has lost to damage, and what its bits depend on and is not as it was. */
  #note({ versions }: Workshop): { note?: string } {
    const notes = this.#lost === null ? [] : [this.#lost];
    const { broken } = this.#journal;
    if (broken.length > 0)
      notes.push(
        `line ${broken.join(", ")} of ${this.#directory.events} can't be read and is gone (where λ was steered there, steer again)`,
      );
    const then = this.#resumed?.state.versions ?? {};
    const now: Readonly<Record<string, string>> = { node: process.version, ...versions };
    const changed = Object.keys(now).filter((name) => name in then && then[name] !== now[name]);
    const list = changed.map((name) => `${name} ${then[name]} → ${now[name]}`).join(", ");
    if (list) notes.push(`resumed with ${list}: no longer bit for bit as without the pause`);
    return notes.length === 0 ? {} : { note: notes.join("; ") };
  }

  async #train(workshop: Workshop, task: Task, specification: Specification, steps: number): Promise<Ended> {
    const journal = this.#journal;
    const ideal = specification.ideal === "runs" ? null : specification.ideal;
    const executor = new DecisionExecutor(task, specification, steps);
    const checkpoint = (now = false) => this.#checkpoint(workshop, task, executor, now);
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
      breathe: () => {
        this.#checkpoints.check();
        journal.breathe();
        this.#watchMemory();
      },
      usage: () => usage.take(),
    });
    await loop.replay(journal.events, this.#resumed?.state.step ?? 0);
    if (this.#resumed) {
      const { directory, state } = this.#resumed;
      try {
        task.restore(state.task);
        await task.load(directory);
        loadOptimizer(directory, executor.optimizer, state);
      } catch (error) {
        throw asDamaged(error, directory);
      }
    } else journal.emit({ type: "started", ...journal.now(0), steps, ideal });
    journal.show();
    usage.start();
    const outcome = await loop
      .run()
      .catch((error: unknown) => loop.abandon(error))
      .finally(() => usage.stop());
    if (outcome === "paused" && loop.betweenSteps) await checkpoint(true);
    await this.#checkpoints.settled();
    if (outcome !== "paused") await this.#writeFinal(workshop, task);
    return this.#conclude(outcome, loop.ending);
  }

  /** @param now durable when it returns; else training goes on meanwhile */
  #checkpoint(workshop: Workshop, task: Task, executor: DecisionExecutor, now: boolean): Promise<void> {
    const state = () => ({
      step: executor.step,
      ...this.#journal.state(),
      optimizer: { count: executor.optimizer.count },
      task: task.state(),
      versions: { ...this.#record.versions, ...workshop.versions },
    });
    return this.#checkpoints.write(task, executor.optimizer, state, { now });
  }

  /** `final/` appears whole or not at all; one that is there stays until then. */
  async #writeFinal(workshop: Workshop, task: Task): Promise<void> {
    const { final, path } = this.#directory;
    const beside = `${final}.tmp`;
    const before = `${final}.old.tmp`;
    try {
      mkdirSync(beside);
      await workshop.writeFinal(task, beside);
      syncTree(beside);
      if (existsSync(final)) renameSync(final, before);
      renameSync(beside, final);
      syncPath(path);
      rmSync(before, { recursive: true, force: true });
    } catch (error) {
      rmSync(beside, { recursive: true, force: true });
      throw writingFailed(error, final, bytesOf(task));
    }
  }

  #conclude(outcome: Outcome, request: ControlRequest | null): Ended {
    const journal = this.#journal;
    const end: RunEvent =
      outcome === "paused"
        ? { type: "paused", ...journal.now(), reason: request?.reason ?? "paused" }
        : { type: "finished", ...journal.now(), reason: outcome satisfies FinishedEvent["reason"] };
    // The event is last: a run whose events say that it has finished has its summary.
    const summary = journal.summary(outcome === "paused" || outcome === "stopped" ? outcome : "finished");
    if (outcome !== "paused") this.#directory.writeSummary(summary);
    journal.emit(end, true);
    journal.show();
    request?.settle();
    return { summary };
  }

  /** Paused or stopped before its first step: there is nothing to save. */
  #interrupted(request: ControlRequest): Ended {
    return this.#conclude(request.kind === "stop" ? "stopped" : "paused", request);
  }

  async #failed(error: unknown): Promise<Ended> {
    const text = inWords(error);
    // Good as it may be, its event belongs before the failure.
    await this.#checkpoints.settled().catch(() => {});
    this.#journal.fail(text);
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
      checkpoint: () => {
        const outgrown = this.#memory.look();
        if (outgrown !== null) throw new TrainingError(`while it prepared, the run ${outgrown}`);
        this.#of.control.checkPreparation();
      },
    };
  }

  /** A run that outgrows its share of the machine pauses: nothing is lost, and what it took is free again. */
  #watchMemory(): void {
    const reason = this.#memory.look();
    if (reason !== null) this.#of.control.push({ kind: "pause", reason: `it ${reason}`, settle: () => {} });
  }
}

/** Errors that were made for nobody. */
const native = ["Error", "TypeError", "RangeError", "ReferenceError", "SyntaxError"];

/** Files of a checkpoint that are as they were written, and yet make no sense: somebody changed them, and their digests. */
function asDamaged(error: unknown, directory: string): unknown {
  return error instanceof Error && (native.includes(error.name) || error instanceof TrainingError)
    ? new TrainingError(
        `${directory}: the checkpoint can't be loaded (${error.message}); its files were changed`,
      )
    : error;
}

/** An error of one of the rooms is its message; anything else is a fault of ours, and its stack goes to standard error. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!native.includes(error.name)) return error.message;
  process.stderr.write(`${error.stack}\n`);
  return `${error.name}: ${error.message}`;
}

function bytesOf({ parameters }: Task): number {
  return parameters.reduce((sum, { data }) => sum + data.byteLength, 0);
}
