import type { Executor } from "../executors/executor.ts";
import { localExecutor } from "../executors/local.ts";
import { rayExecutor } from "../executors/ray.ts";
import { slurmExecutor } from "../executors/slurm.ts";
import { resumeSweep, type Sweep, type SweepInput, sweep } from "../sweeps/index.ts";
import { carryOut, describe, gathered, integer, oneOf } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { shellWord } from "./shell.ts";
import { digits } from "./show-number.ts";
import { sweepViewOn, viewLines } from "./sweep-view.ts";
import { readSpecification } from "./train.ts";
import { addSpecificationFlags, givenFlags, withFlags } from "./train-flags.ts";
import { UsageError } from "./usage.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly methods?: readonly string[];
  readonly lambda?: readonly number[];
  readonly seeds?: readonly number[];
  readonly k?: readonly number[];
  readonly budget?: number;
  readonly executor?: "local" | "ray" | "slurm";
  readonly processes?: number;
  readonly slots?: number;
  readonly sbatch?: readonly string[];
  readonly retries?: number;
  readonly resume?: string;
  readonly runs?: string;
  readonly json?: true;
}

/** Keys that this command has flags of its own for. */
const own = ["method.name", "method.lambda", "method.k", "method.order", "seed"];

const words = (text: string) => text.split(",").map((word) => word.trim());
const numbers = (text: string) => {
  const all = words(text).map(Number);
  if (all.some(Number.isNaN))
    throw new UsageError(`${JSON.stringify(text)}: expected numbers with commas between`);
  return all;
};

function command() {
  const described = describe({
    name: "sweep",
    summary:
      "Trains many runs: every combination of methods, λ, seeds and k over one specification, of a file or of flags.\n" +
      "Ctrl-C pauses the sweep, its runs at their checkpoints.",
    examples: [
      ["alright sweep spec.json --methods alright,maxright --lambda 0.1,0.5,0.9 --seeds 1,2,3", "a grid"],
      [
        "alright sweep spec.json --methods mix --budget 12",
        "λ where the front has its widest gap, 12 runs in all",
      ],
      ["alright sweep sweep.json", 'a file with "base" and its axes, or with "list", whole specifications'],
      [
        "alright sweep --resume runs/sweeps/sweep-20260101-120000-1a2b",
        "go on; finished runs are not repeated",
      ],
      ["RAY_ADDRESS=http://head:8265 alright sweep spec.json --executor ray --slots 16", "on a Ray cluster"],
      ["alright sweep spec.json --executor slurm --sbatch=--partition=long", "on a Slurm cluster"],
    ],
    exits: "1 also where a run failed for good, 130 interrupted: the command that goes on with it is printed",
  })
    .argument("[file]", "a specification, or a sweep, as JSON")
    .option("--methods <a,b>", "methods to compare", words)
    .option("--lambda <x,y>", "weights of DPO; with --budget the first ones", numbers)
    .option("--seeds <n,m>", "seeds; the summary has mean and spread over them", numbers)
    .option("--k <n,m>", "MAXRIGHT's steps between evaluations", numbers)
    .option("--budget <n>", "adaptive: choose λ until so many runs are made", integer(1))
    .option("--executor <where>", "local, ray or slurm (default: local)", oneOf(["local", "ray", "slurm"]))
    .option("--processes <n>", "local: trainer processes at a time (default: by cores)", integer(1))
    .option("--slots <n>", "ray, slurm: runs submitted at a time", integer(1))
    .option("--sbatch <option>", "slurm: a further option of sbatch; may be given several times", gathered)
    .option("--retries <n>", "how often a run that failed is tried again (default: 2)", integer(0))
    .option("--resume <sweep>", "go on with a sweep: its directory, or its id")
    .option("--runs <dir>", "directory of run directories (default: runs)")
    .option("--json", "the summary as JSON on standard output, the rest on standard error");
  addSpecificationFlags(described, own);
  return described;
}

/** `alright sweep`. */
export function sweepCommand(args: readonly string[]): Promise<number> {
  return carryOut<Options>(command(), args, async (options, [file]) => {
    const { resume, runs, retries, json = false } = options;
    const executor = executorOf(options);
    const common = {
      ...(runs === undefined ? {} : { runs }),
      ...(retries === undefined ? {} : { retries }),
      ...(executor === null ? {} : { executor }),
    };
    if (resume === undefined) return follow(sweep(inputOf(file, options), common), json, options);
    if (file !== undefined || givenFlags(options).length > 0 || options.methods || options.budget)
      throw new UsageError("--resume takes no specification: the sweep has its own");
    return follow(resumeSweep(resume, common), json, options);
  });
}

/** null: the default of whoever asks. */
function executorOf(options: Options): Executor | null {
  const { executor = "local", processes, slots, sbatch } = options;
  const threads = options.threads as number | undefined;
  const cpus = threads === undefined ? {} : { cpus: threads };
  if (executor !== "local" && processes !== undefined)
    throw new UsageError(
      `--processes is about this machine; --slots says how many runs ${executor} gets at a time`,
    );
  if (executor === "local" && slots !== undefined)
    throw new UsageError("--slots is about clusters; give --processes");
  if (executor !== "slurm" && sbatch !== undefined) throw new UsageError("--sbatch is for --executor slurm");
  const given = slots === undefined ? {} : { slots };
  if (executor === "ray") return rayExecutor({ ...given, ...cpus });
  if (executor === "slurm") return slurmExecutor({ ...given, ...cpus, ...(sbatch ? { sbatch } : {}) });
  if (processes === undefined && threads === undefined) return null;
  return localExecutor({
    ...(processes === undefined ? {} : { processes }),
    ...(threads === undefined ? {} : { threads }),
  });
}

function inputOf(file: string | undefined, options: Options): SweepInput {
  const { methods, lambda, seeds, k, budget } = options;
  if (file === undefined && givenFlags(options).length === 0)
    throw new UsageError("sweep takes a file, or flags such as --model and --sft (alright sweep --help)");
  const read = file === undefined ? undefined : readSpecification(file);
  const axes = {
    ...(lambda ? { lambda } : {}),
    ...(seeds ? { seeds } : {}),
  };
  if (isSweep(read)) {
    if (
      methods ||
      lambda ||
      seeds ||
      k ||
      budget ||
      givenFlags(options).some((flag) => !ignored.includes(flag))
    )
      throw new UsageError(`${file} is a whole sweep; change it there, or give a specification with flags`);
    return read;
  }
  const base = withFlags(read, options, own);
  if (budget === undefined) return { base, ...axes, ...(methods ? { methods } : {}), ...(k ? { k } : {}) };
  if (methods && methods.length > 1)
    throw new UsageError("--budget is for one method; give one in --methods");
  if (k) throw new UsageError("--budget chooses λ; give k with --set method.k=…");
  return { base, adaptive: { budget, ...axes, ...(methods ? { method: methods[0]! } : {}) } };
}

/** They are the executor's, too. */
const ignored: readonly string[] = ["--threads", "--lambda", "--k", "--seed"];

function isSweep(value: unknown): value is SweepInput {
  return (
    typeof value === "object" && value !== null && ("base" in value || "list" in value || "adaptive" in value)
  );
}

/** Shows the sweep's way to its end. @returns the exit code */
async function follow(swept: Sweep, json: boolean, options: Options): Promise<number> {
  const out = json ? process.stderr : process.stdout;
  const say = (line: string) => out.write(`${line}\n`);
  say(`sweep ${swept.id} in ${swept.directory}`);
  const view = sweepViewOn(out, process.env);
  swept.onChange((snapshot) => view.show(snapshot));
  let interrupted = false;
  const pause = () => {
    // Once more ends this process at once; trainers then write their checkpoints by themselves.
    if (interrupted) process.exit(exitCodes.interrupted);
    interrupted = true;
    view.end();
    say("pausing the runs at their checkpoints; once more ends this process at once");
    void swept.pause();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, pause);
  try {
    const summary = await swept.done;
    view.end();
    if (json) {
      const { frame: _, ...rest } = summary;
      process.stdout.write(`${JSON.stringify(rest)}\n`);
    } else if (!out.isTTY) for (const line of viewLines(summary, Number.POSITIVE_INFINITY)) say(line);
    if (summary.shared.length > 0)
      say(
        `shared by the runs, computed once: ${summary.shared.map(({ kind, seconds }) => `${kind} (${digits(seconds)} s)`).join(", ")}`,
      );
    say(`summary.csv and runs.csv are in ${swept.directory}`);
    if (summary.state === "paused") {
      const executor = options.executor === undefined ? "" : ` --executor ${options.executor}`;
      say(`paused; go on with: alright sweep --resume ${shellWord(swept.directory)}${executor}`);
      return exitCodes.interrupted;
    }
    return summary.failed > 0 ? exitCodes.failed : exitCodes.done;
  } finally {
    for (const signal of signals) process.off(signal, pause);
  }
}
