import { type Cluster, clusterExecutor } from "./cluster.ts";
import type { Executor } from "./executor.ts";
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
  const cluster: Cluster = {
    name: "slurm",
    address: "slurm",
    submit: (job) => queue.submit(job),
    async goesOn(id) {
      const args = ["--noheader", "--array", `--jobs=${id}`, "--format=%i|%T"];
      const state = parseQueue(await queue.slurm("squeue", args).catch(noSuchJob)).get(id);
      return state !== undefined && isGoing(state);
    },
    /** A task that runs pauses on SIGTERM; one that waits is taken out of the queue. */
    async pause(id) {
      const cancel = (...args: string[]) => queue.slurm("scancel", [...args, id]).catch(() => "");
      await cancel("--state=PENDING");
      await cancel("--batch", "--signal=TERM");
    },
    ended: async (id) => `Slurm's job ${id} is ${(await queue.watch(id)).toLowerCase()}`,
  };
  return clusterExecutor(cluster, { slots, cpus, close: () => queue.close() });
}
