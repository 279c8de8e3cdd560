import { setTimeout as sleep } from "node:timers/promises";
import { type Cluster, clusterExecutor } from "./cluster.ts";
import { shellLine, trainCommand } from "./command-line.ts";
import { ExecutorError } from "./error.ts";
import type { Executor, Job } from "./executor.ts";
import { type RayJobs, type RayStatus, rayJobs } from "./ray-jobs.ts";

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
  const { slots = 8, cpus = 1, gpus = 0, memory = null, resources = {}, environment = {} } = options;
  const cluster: Cluster = {
    name: "ray",
    address: jobs.address,
    submit: ({ id, directory }) =>
      jobs.submit({
        entrypoint: shellLine(trainCommand(options.command, directory)),
        cpus,
        gpus,
        memory,
        resources,
        environment,
        metadata: { run: id },
      }),
    async goesOn(id) {
      const found = await jobs.status(id);
      return found !== null && isGoing(found);
    },
    /** Ray sends SIGTERM, on which a run pauses after its step, and kills it 3 s later: then it goes on from its last checkpoint. */
    pause: (id) => jobs.stop(id).catch(() => {}),
    ended: (id, job) => endOfJob(jobs, id, job, options),
  };
  return clusterExecutor(cluster, { slots, cpus });
}

const isGoing = ({ status }: RayStatus) => status === "PENDING" || status === "RUNNING";

/** Waits for a job's end, its logs told meanwhile; answers how it ended, in words. */
async function endOfJob(
  jobs: RayJobs,
  id: string,
  job: Job,
  { interval = 1000, onLog }: RayOptions,
): Promise<string> {
  let heard = Date.now();
  /** Of what it printed, in characters. */
  let told = 0;
  for (;;) {
    await sleep(interval);
    try {
      const found = await jobs.status(id);
      heard = Date.now();
      if (onLog) {
        const logs = await jobs.logs(id).catch(() => "");
        if (logs.length > told) onLog(job.id, logs.slice(told));
        told = Math.max(told, logs.length);
      }
      if (found === null) return `Ray knows its job ${id} no more`;
      if (!isGoing(found))
        return `Ray's job ${id} is ${found.status.toLowerCase()}: ${lastLine(found.message)}`;
    } catch (error) {
      if (!(error instanceof ExecutorError)) throw error;
      if (Date.now() - heard > patience) return error.message;
    }
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!.slice(0, 300);
}
