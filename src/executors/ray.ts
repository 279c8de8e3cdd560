import { setTimeout as sleep } from "node:timers/promises";
import type { RunSnapshot } from "../runs/snapshot.ts";
import { shellLine, trainCommand } from "./command-line.ts";
import { ExecutorError } from "./error.ts";
import type { Ended, Execution, Executor, Job } from "./executor.ts";
import { readJobFile, writeJobFile } from "./job-file.ts";
import { type RayJobs, rayJobs } from "./ray-jobs.ts";
import { endOf, followDirectory, trainerGone } from "./shared-directory.ts";

export interface RayOptions {
  /** Of the dashboard, `http://HOST:8265`. Default: the environment's `RAY_ADDRESS`. */
  readonly address?: string;
  /** Sent with every request. Default: the environment's `RAY_JOB_HEADERS`, a JSON object. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Runs submitted at a time: what the cluster has room for. A job that waits for resources too long fails. Default 8. */
  readonly slots?: number;
  /** Resources of each run. Default: 1 processor core, and as many threads. */
  readonly cpus?: number;
  readonly gpus?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly resources?: Readonly<Record<string, number>>;
  /** The command line of this library on the workers. Default: the one of this process, at the same path. */
  readonly command?: readonly string[];
  /** Environment of the runs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Hears what the runs print. */
  readonly onLog?: (run: string, text: string) => void;
  /** Between two questions about a job, in ms. Default 1000. */
  readonly interval?: number;
}

/** How long the cluster may be silent before a run counts as lost, in ms. */
const patience = 60_000;

/**
 * Runs as jobs of a Ray cluster, through its Jobs REST API. Run directories, data and models are on a path that this machine and the
 * workers share. @throws ExecutorError where no cluster is named
 */
export function rayExecutor(options: RayOptions = {}): Executor {
  const jobs = rayJobs(options.address, options.headers);
  const { slots = 8, cpus = 1 } = options;
  return {
    name: "ray",
    slots,
    threads: Math.max(1, Math.floor(cpus)),
    own: false,
    hasRoom: (going) => going < slots,
    start: (job) => new RayExecution(jobs, job, { ...options, cpus }),
    async close() {},
  };
}

class RayExecution implements Execution {
  readonly ended: Promise<Ended>;
  readonly #jobs: RayJobs;
  readonly #job: Job;
  readonly #options: RayOptions & { cpus: number };
  readonly #listeners: ((snapshot: RunSnapshot) => void)[] = [];
  #submission: string | null = null;
  #pausing = false;
  /** Of what it printed, in characters. */
  #told = 0;

  constructor(jobs: RayJobs, job: Job, options: RayOptions & { cpus: number }) {
    this.#jobs = jobs;
    this.#job = job;
    this.#options = options;
    this.ended = this.#execute();
  }

  onSnapshot(listener: (snapshot: RunSnapshot) => void): void {
    this.#listeners.push(listener);
  }

  /** Ray sends SIGTERM, on which a run pauses after its step, and kills it 3 s later: then it goes on from its last checkpoint. */
  async pause(): Promise<void> {
    this.#pausing = true;
    if (this.#submission !== null) await this.#jobs.stop(this.#submission).catch(() => {});
  }

  async #execute(): Promise<Ended> {
    const { id, directory } = this.#job;
    try {
      this.#submission = (await this.#goingOn()) ?? (await this.#submit());
    } catch (error) {
      return { kind: "lost", error: (error as Error).message };
    }
    if (this.#pausing) await this.pause();
    const end = followDirectory(directory, (snapshot) => {
      for (const listener of this.#listeners) listener(snapshot);
    });
    try {
      const how = await this.#end(this.#submission);
      return endOf(directory, `run ${id}: ${how}`, this.#pausing);
    } finally {
      end();
    }
  }

  /** The job that an earlier scheduler submitted, where it goes on. */
  async #goingOn(): Promise<string | null> {
    const before = readJobFile(this.#job.directory, "ray", this.#jobs.address);
    const found = before === null ? null : await this.#jobs.status(before);
    return found?.status === "PENDING" || found?.status === "RUNNING" ? before : null;
  }

  async #submit(): Promise<string> {
    const { id, directory } = this.#job;
    await trainerGone(directory);
    const { cpus, gpus = 0, memory = null, resources = {}, command, environment = {} } = this.#options;
    const submission = await this.#jobs.submit({
      entrypoint: shellLine(trainCommand(command, directory)),
      cpus,
      gpus,
      memory,
      resources,
      environment,
      metadata: { run: id },
    });
    writeJobFile(directory, { executor: "ray", id: submission, address: this.#jobs.address });
    return submission;
  }

  /** Waits for the job's end; answers how it ended, in words. */
  async #end(submission: string): Promise<string> {
    let heard = Date.now();
    for (;;) {
      await sleep(this.#options.interval ?? 1000);
      try {
        const found = await this.#jobs.status(submission);
        heard = Date.now();
        await this.#tellLogs(submission);
        if (found === null) return `Ray knows its job ${submission} no more`;
        const { status, message } = found;
        if (status !== "PENDING" && status !== "RUNNING")
          return `Ray's job ${submission} is ${status.toLowerCase()}: ${lastLine(message)}`;
      } catch (error) {
        if (!(error instanceof ExecutorError)) throw error;
        if (Date.now() - heard > patience) return error.message;
      }
    }
  }

  async #tellLogs(submission: string): Promise<void> {
    const { onLog } = this.#options;
    if (!onLog) return;
    const logs = await this.#jobs.logs(submission).catch(() => "");
    if (logs.length > this.#told) onLog(this.#job.id, logs.slice(this.#told));
    this.#told = Math.max(this.#told, logs.length);
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!.slice(0, 300);
}
