import type { RunSnapshot } from "../runs/snapshot.ts";
import type { Ended, Execution, Executor, Job } from "./executor.ts";
import { readJobFile, writeJobFile } from "./job-file.ts";
import { endOf, followDirectory, trainerGone } from "./shared-directory.ts";
import { isGoing, parseQueue } from "./slurm-commands.ts";
import { noSuchJob, type SlurmOptions, SlurmQueue } from "./slurm-queue.ts";

export type { SlurmOptions };

/**
 * Runs as tasks of Slurm's job arrays (`sbatch --array`, `squeue`, `sacct`, `scancel`). Run directories, data and models are on a path that
 * this machine and the nodes share.
 */
export function slurmExecutor(options: SlurmOptions = {}): Executor {
  const { slots = 32, cpus = 1 } = options;
  const queue = new SlurmQueue({ ...options, slots, cpus });
  return {
    name: "slurm",
    slots,
    threads: cpus,
    own: false,
    hasRoom: (going) => going < slots,
    start: (job) => new SlurmExecution(queue, job),
    async close() {
      queue.close();
    },
  };
}

class SlurmExecution implements Execution {
  readonly ended: Promise<Ended>;
  readonly #queue: SlurmQueue;
  readonly #listeners: ((snapshot: RunSnapshot) => void)[] = [];
  #id: string | null = null;
  #pausing = false;

  constructor(queue: SlurmQueue, job: Job) {
    this.#queue = queue;
    this.ended = this.#execute(job);
  }

  onSnapshot(listener: (snapshot: RunSnapshot) => void): void {
    this.#listeners.push(listener);
  }

  /** A task that runs pauses on SIGTERM; one that waits is taken out of the queue. */
  async pause(): Promise<void> {
    this.#pausing = true;
    if (this.#id === null) return;
    const cancel = (...args: string[]) => this.#queue.slurm("scancel", [...args, this.#id!]).catch(() => "");
    await cancel("--state=PENDING");
    await cancel("--batch", "--signal=TERM");
  }

  async #execute(job: Job): Promise<Ended> {
    const { id, directory } = job;
    try {
      this.#id = readJobFile(directory, "slurm", "slurm");
      if (this.#id === null || !(await this.#goesOn(this.#id))) {
        await trainerGone(directory);
        this.#id = await this.#queue.submit(job);
        writeJobFile(directory, { executor: "slurm", id: this.#id, address: "slurm" });
      }
    } catch (error) {
      return { kind: "lost", error: (error as Error).message };
    }
    if (this.#pausing) await this.pause();
    const end = followDirectory(directory, (snapshot) => {
      for (const listener of this.#listeners) listener(snapshot);
    });
    try {
      const how = await this.#queue.watch(this.#id);
      return endOf(directory, `run ${id}: Slurm's job ${this.#id} is ${how.toLowerCase()}`, this.#pausing);
    } finally {
      end();
    }
  }

  /** Whether a job that an earlier scheduler submitted is still in the queue. */
  async #goesOn(id: string): Promise<boolean> {
    const args = ["--noheader", "--array", `--jobs=${id}`, "--format=%i|%T"];
    const state = parseQueue(await this.#queue.slurm("squeue", args).catch(noSuchJob)).get(id);
    return state !== undefined && isGoing(state);
  }
}
