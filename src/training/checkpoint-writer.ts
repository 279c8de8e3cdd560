import { Worker } from "node:worker_threads";
import { compiledFile } from "../compiled.ts";
import type { RunDirectory } from "../runs/directory.ts";
import { RunStoreError } from "../runs/error.ts";
import { type CheckpointState, sealCheckpoint, type Unsealed, writeCheckpointFiles } from "./checkpoint.ts";
import type { Sealed } from "./checkpoint-thread.ts";
import { TrainingError } from "./error.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Task } from "./task.ts";

/** A checkpoint that is durable. */
export interface Durable {
  readonly directory: string;
  readonly step: number;
  /** How long training stood still for it, in seconds. */
  readonly seconds: number;
}

/**
 * Writes a run's checkpoints, one after another. Training waits for the files to be written; what makes them durable (syncs
 * take as long as a step of a small model) is done by a thread meanwhile.
 */
export class CheckpointWriter {
  readonly #directory: RunDirectory;
  readonly #onDurable: (checkpoint: Durable) => void;
  #thread: Worker | null = null;
  #sealing: Promise<void> | null = null;
  #failure: unknown = null;
  /** The step of the newest checkpoint that is written or under way. */
  #newest: number | null;

  /** @param newest the step of the checkpoint that the run goes on from */
  constructor(directory: RunDirectory, newest: number | null, onDurable: (checkpoint: Durable) => void) {
    this.#directory = directory;
    this.#newest = newest;
    this.#onDurable = onDurable;
  }

  /**
   * Writes a checkpoint's files and returns; `onDurable` is called once they are a checkpoint.
   * @param now durable when it returns
   * @throws what this one or the last one failed with
   */
  async write(
    task: Task,
    optimizer: Optimizer,
    state: () => CheckpointState,
    { now = false } = {},
  ): Promise<void> {
    const began = performance.now();
    await this.settled();
    const current = state();
    const { step } = current;
    if (step === this.#newest) return;
    const { checkpoints, events } = this.#directory;
    const place = { checkpoints, events, previous: this.#newest };
    const unsealed = await writeCheckpointFiles(place, task, optimizer, current);
    this.#newest = step;
    const seconds = (performance.now() - began) / 1000;
    const sealed = now ? Promise.resolve(sealCheckpoint(unsealed)) : this.#seal(unsealed);
    this.#sealing = sealed
      .then((directory) => this.#onDurable({ directory, step, seconds }))
      .catch((error: unknown) => {
        this.#failure ??= error;
      });
    if (now) await this.settled();
  }

  /** @throws what a checkpoint under way has failed with */
  check(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  /** Waits for the checkpoint under way. @throws what it failed with */
  async settled(): Promise<void> {
    await this.#sealing;
    this.#sealing = null;
    this.check();
  }

  async close(): Promise<void> {
    await this.#sealing;
    await this.#thread?.terminate();
    this.#thread = null;
  }

  #seal(unsealed: Unsealed): Promise<string> {
    const thread = (this.#thread ??= new Worker(compiledFile("./checkpoint-thread.js", import.meta.url)));
    return new Promise((resolve, reject) => {
      const hear = (answer: Sealed) => {
        thread.off("error", fail);
        if ("directory" in answer) resolve(answer.directory);
        else reject(answer.store ? new RunStoreError(answer.error) : new TrainingError(answer.error));
      };
      const fail = (error: Error) => {
        thread.off("message", hear);
        reject(error);
      };
      thread.once("message", hear);
      thread.once("error", fail);
      thread.postMessage(
        unsealed,
        unsealed.moments.map(({ buffer }) => buffer),
      );
    });
  }
}
