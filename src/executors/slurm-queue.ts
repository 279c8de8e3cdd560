import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeDurably } from "../runs/durable.ts";
import { shellLine, trainCommand } from "./command-line.ts";
import { ExecutorError } from "./error.ts";
import type { Job } from "./executor.ts";
import {
  arrayArguments,
  isGoing,
  parseAccounting,
  parseQueue,
  parseSubmitted,
  type SlurmCommand,
  slurmCommand,
} from "./slurm-commands.ts";

export interface SlurmOptions {
  /** Runs in the queue at a time. Default 32. */
  readonly slots?: number;
  /** Resources of each run. Default: 1 processor core, and as many threads. */
  readonly cpus?: number;
  readonly gpus?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Further options of sbatch, as `["--partition=long", "--time=2:00:00"]`. */
  readonly sbatch?: readonly string[];
  /** The command line of this library on the nodes. Default: the one of this process, at the same path. */
  readonly command?: readonly string[];
  /** Where scripts and outputs of jobs go; on the shared path, too. Default: `.slurm` beside the run directories. */
  readonly directory?: string;
  /** Between two questions about all jobs, in ms. Default 5000. */
  readonly interval?: number;
  /** Runs Slurm's commands. */
  readonly slurm?: SlurmCommand;
}

interface Waiting {
  readonly job: Job;
  readonly submitted: (id: string) => void;
  readonly failed: (error: Error) => void;
}

/** Runs that are started within this time become one array, in ms. */
const gathering = 200;
/** How long Slurm may be silent, or not know a job that it has taken, before a run counts as lost, in ms. */
const patience = 120_000;

/** What is asked of Slurm: arrays of the runs that start together, one question for the states of all jobs. */
export class SlurmQueue {
  readonly #options: SlurmOptions & { slots: number; cpus: number };
  readonly slurm: SlurmCommand;
  #gathered: Waiting[] = [];
  readonly #watched = new Map<string, { ended: (how: string) => void; since: number }>();
  #watching = false;
  #closed = false;

  constructor(options: SlurmOptions & { slots: number; cpus: number }) {
    this.#options = options;
    this.slurm = options.slurm ?? slurmCommand;
  }

  submit(job: Job): Promise<string> {
    return new Promise((submitted, failed) => {
      this.#gathered.push({ job, submitted, failed });
      if (this.#gathered.length === 1) setTimeout(() => void this.#submitGathered(), gathering);
    });
  }

  async #submitGathered(): Promise<void> {
    const jobs = this.#gathered;
    this.#gathered = [];
    const { slots, cpus, gpus = 0, memory = null, sbatch = [], command } = this.#options;
    try {
      const place = this.#options.directory ?? join(jobs[0]!.job.directory, "..", ".slurm");
      mkdirSync(place, { recursive: true });
      const script = join(place, `${jobs[0]!.job.id}-${Date.now()}.sh`);
      writeDurably(script, scriptOf(jobs.map(({ job }) => trainCommand(command, job.directory))));
      const output = join(place, "%A_%a.txt");
      const request = {
        script,
        tasks: jobs.length,
        atOnce: slots,
        cpus,
        gpus,
        memory,
        output,
        options: sbatch,
      };
      const id = parseSubmitted(await this.slurm("sbatch", arrayArguments(request)));
      for (const [task, { submitted }] of jobs.entries()) submitted(`${id}_${task}`);
    } catch (error) {
      for (const { failed } of jobs) failed(error as Error);
    }
  }

  /** Settles when the job has ended; answers its last state. */
  watch(id: string): Promise<string> {
    return new Promise((ended) => {
      this.#watched.set(id, { ended, since: Date.now() });
      if (!this.#watching) void this.#watch();
    });
  }

  close(): void {
    this.#closed = true;
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#watched.size > 0 && !this.#closed) {
      await sleep(this.#options.interval ?? 5000);
      const now = Date.now();
      try {
        await this.#look(now);
      } catch (error) {
        if (!(error instanceof ExecutorError)) throw error;
        for (const [id, { since }] of [...this.#watched])
          if (now - since > patience) this.#settle(id, error.message);
      }
    }
    this.#watching = false;
  }

  async #look(now: number): Promise<void> {
    const jobs = [...new Set([...this.#watched.keys()].map((id) => id.split("_")[0]!))].join(",");
    const queued = parseQueue(
      await this.slurm("squeue", ["--noheader", "--array", `--jobs=${jobs}`, "--format=%i|%T"]).catch(
        noSuchJob,
      ),
    );
    const left: string[] = [];
    for (const [id, watched] of this.#watched) {
      const state = queued.get(id);
      if (state !== undefined && isGoing(state)) watched.since = now;
      else if (state !== undefined) this.#settle(id, state);
      else left.push(id);
    }
    if (left.length === 0) return;
    const accounted = await this.#accounting(left);
    for (const id of left) {
      const state = accounted?.get(id);
      if (state !== undefined && isGoing(state)) this.#watched.get(id)!.since = now;
      // Without accounting, a job that has left the queue has ended, and its run says how.
      else if (state !== undefined || accounted === null)
        this.#settle(id, state ?? "not in the queue any more");
      else if (now - this.#watched.get(id)!.since > patience) this.#settle(id, "known to Slurm no more");
    }
  }

  /** null: this cluster keeps none. */
  async #accounting(ids: readonly string[]): Promise<Map<string, string> | null> {
    const format = ["--noheader", "--parsable2", "--allocations", "--format=JobID,State,ExitCode"];
    try {
      return parseAccounting(await this.slurm("sacct", [`--jobs=${ids.join(",")}`, ...format]));
    } catch (error) {
      if (
        error instanceof ExecutorError &&
        /accounting storage is disabled|is not there/i.test(error.message)
      )
        return null;
      throw error;
    }
  }

  #settle(id: string, how: string): void {
    this.#watched.get(id)?.ended(how);
    this.#watched.delete(id);
  }
}

/** squeue's error for jobs that all have left the queue. */
export function noSuchJob(error: Error): string {
  if (/invalid job id/i.test(error.message)) return "";
  throw error;
}

/** One script for the array: task i runs the i-th command, which gets the signal to pause itself. */
function scriptOf(commands: readonly (readonly string[])[]): string {
  const cases = commands.map((command, task) => `  ${task}) exec ${shellLine(command)} ;;`);
  return `#!/bin/sh\ncase "$SLURM_ARRAY_TASK_ID" in\n${cases.join("\n")}\nesac\n`;
}
