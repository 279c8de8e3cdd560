import type { RunSnapshot } from "../runs/snapshot.ts";
import type { Ended, Execution, Executor, Job } from "./executor.ts";
import { type JobFile, readJobFile, writeJobFile } from "./job-file.ts";
import { endOf, followDirectory, trainerGone } from "./shared-directory.ts";

/** What a cluster is asked about the job of one run. */
export interface Cluster {
  readonly name: JobFile["executor"];
  /** As `job.json` has it. */
  readonly address: string;
  /** Answers the job's name there. */
  submit(job: Job): Promise<string>;
  /** Whether a job that an earlier scheduler submitted still goes on. */
  goesOn(id: string): Promise<boolean>;
  /** Asks a job's run to pause, or takes the job out of the queue. */
  pause(id: string): Promise<void>;
  /** Settles when a job has ended; answers how, in words. */
  ended(id: string, job: Job): Promise<string>;
}

/** Runs as jobs of a cluster that sees their directories, which say how they stand. */
export function clusterExecutor(
  cluster: Cluster,
  { slots, cpus, close = () => {} }: { slots: number; cpus: number; close?: () => void },
): Executor {
  return {
    name: cluster.name,
    slots,
    threads: Math.max(1, Math.floor(cpus)),
    own: false,
    hasRoom: (going) => going < slots,
    start: (job) => new ClusterExecution(cluster, job),
    async close() {
      close();
    },
  };
}

class ClusterExecution implements Execution {
  readonly ended: Promise<Ended>;
  readonly #cluster: Cluster;
  readonly #job: Job;
  readonly #listeners: ((snapshot: RunSnapshot) => void)[] = [];
  #id: string | null = null;
  #pausing = false;

  constructor(cluster: Cluster, job: Job) {
    this.#cluster = cluster;
    this.#job = job;
    this.ended = this.#execute();
  }

  onSnapshot(listener: (snapshot: RunSnapshot) => void): void {
    this.#listeners.push(listener);
  }

  async pause(): Promise<void> {
    this.#pausing = true;
    if (this.#id !== null) await this.#cluster.pause(this.#id);
  }

  async #execute(): Promise<Ended> {
    const { id, directory } = this.#job;
    let name: string;
    try {
      name = this.#id = (await this.#goingOn()) ?? (await this.#submit());
    } catch (error) {
      return { kind: "lost", error: (error as Error).message };
    }
    // Asked before there was a job.
    if (this.#pausing) await this.pause();
    const end = followDirectory(directory, (snapshot) => {
      for (const listener of this.#listeners) listener(snapshot);
    });
    try {
      const how = await this.#cluster.ended(name, this.#job);
      return endOf(directory, `run ${id}: ${how}`, this.#pausing);
    } finally {
      end();
    }
  }

  /** The job that an earlier scheduler submitted, where it goes on. */
  async #goingOn(): Promise<string | null> {
    const { name, address } = this.#cluster;
    const before = readJobFile(this.#job.directory, name, address);
    return before !== null && (await this.#cluster.goesOn(before)) ? before : null;
  }

  async #submit(): Promise<string> {
    const { directory } = this.#job;
    await trainerGone(directory);
    const id = await this.#cluster.submit(this.#job);
    const { name: executor, address } = this.#cluster;
    writeJobFile(directory, { executor, id, address });
    return id;
  }
}
