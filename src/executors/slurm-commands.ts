import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ExecutorError } from "./error.ts";

/** Runs one of Slurm's commands; answers its standard output. Replaced in tests by recorded answers. */
export type SlurmCommand = (name: string, args: readonly string[]) => Promise<string>;

/** @throws ExecutorError with what the command said */
export const slurmCommand: SlurmCommand = async (name, args) => {
  try {
    const { stdout } = await promisify(execFile)(name, [...args], {
      timeout: 60_000,
      maxBuffer: 64 * 2 ** 20,
    });
    return stdout;
  } catch (error) {
    const { code, stderr = "", message } = error as Error & { code?: unknown; stderr?: string };
    if (code === "ENOENT")
      throw new ExecutorError(`${name} is not there; Slurm's commands are needed on this machine, in PATH`);
    throw new ExecutorError(`${name} ${args.join(" ")}: ${(stderr || message).trim().split("\n").at(-1)}`);
  }
};

/** States in which a job has not ended (squeue(1), JOB STATE CODES). */
const going = new Set([
  "CONFIGURING",
  "COMPLETING",
  "PENDING",
  "REQUEUED",
  "REQUEUE_FED",
  "REQUEUE_HOLD",
  "RESIZING",
  "RESV_DEL_HOLD",
  "RUNNING",
  "SIGNALING",
  "SPECIAL_EXIT",
  "STAGE_OUT",
  "STOPPED",
  "SUSPENDED",
]);

export const isGoing = (state: string) => going.has(state);

/** `sbatch --parsable`: the job's id, and with several clusters `;` and the cluster's name. @throws ExecutorError */
export function parseSubmitted(output: string): string {
  const id = /^(\d+)(?:;.*)?\s*$/m.exec(output)?.[1];
  if (id === undefined)
    throw new ExecutorError(`sbatch answered ${JSON.stringify(output.slice(0, 200))}; expected a job's id`);
  return id;
}

/** `squeue --noheader --array --format=%i|%T`: states by `JOB_TASK`. */
export function parseQueue(output: string): Map<string, string> {
  return statesOf(output, (line) => line.split("|"));
}

/**
 * `sacct --noheader --parsable2 --allocations --format=JobID,State,ExitCode`: states by `JOB_TASK`; of `CANCELLED by 1000`
 * the first word.
 */
export function parseAccounting(output: string): Map<string, string> {
  return statesOf(output, (line) =>
    line.split("|").map((field, i) => (i === 1 ? field.split(" ")[0]! : field)),
  );
}

function statesOf(output: string, fields: (line: string) => string[]): Map<string, string> {
  const states = new Map<string, string>();
  for (const line of output.split("\n")) {
    const [id, state] = fields(line.trim());
    if (id && state) states.set(id, state);
  }
  return states;
}

export interface ArrayRequest {
  /** The script that runs one task. */
  readonly script: string;
  readonly tasks: number;
  readonly atOnce: number;
  readonly cpus: number;
  readonly gpus: number;
  /** Bytes; null: the partition's default. */
  readonly memory: number | null;
  /** Where tasks print to; `%A` and `%a` are job and task. */
  readonly output: string;
  /** Further options of sbatch. */
  readonly options: readonly string[];
}

/** The arguments of `sbatch` for an array of runs. */
export function arrayArguments(of: ArrayRequest): string[] {
  return [
    "--parsable",
    `--array=0-${of.tasks - 1}%${of.atOnce}`,
    "--job-name=alright",
    "--ntasks=1",
    `--cpus-per-task=${of.cpus}`,
    ...(of.gpus > 0 ? [`--gres=gpu:${of.gpus}`] : []),
    ...(of.memory === null ? [] : [`--mem=${Math.ceil(of.memory / 2 ** 20)}M`]),
    `--output=${of.output}`,
    // A minute before its time is up, a run is asked to pause; the scheduler tries it again from there.
    "--signal=B:TERM@60",
    "--no-requeue",
    ...of.options,
    of.script,
  ];
}
