import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { SpecificationError } from "../runs/error.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import type { SpecificationInput } from "../runs/specification.ts";
import type { Run } from "../training/run.ts";
import { resumeRun, train } from "../training/train.ts";
import { UsageError } from "./usage.ts";

const interval = 2000;

/** `alright train SPEC.json [--runs DIR]` and `alright train --resume DIR/ID [--runs DIR]`. Exit code: 130 where it was paused by Ctrl-C. */
export async function trainCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { runs: { type: "string" }, resume: { type: "string" } },
  });
  const options = values.runs === undefined ? {} : { runs: values.runs };
  const run =
    values.resume === undefined ? start(positionals, options) : goOn(values.resume, positionals, options);
  return follow(run);
}

function start(positionals: readonly string[], options: { runs?: string }): Run {
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0)
    throw new UsageError("train takes one specification file: alright train SPEC.json [--runs DIR]");
  return train(readSpecification(file), { ...options, where: file });
}

function goOn(directory: string, positionals: readonly string[], options: { runs?: string }): Run {
  if (positionals.length > 0)
    throw new UsageError(`--resume takes no specification file; got ${positionals[0]}: the run has its own`);
  return resumeRun(directory, options);
}

/** @throws SpecificationError naming the file */
export function readSpecification(file: string): SpecificationInput {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new SpecificationError(`${file}: ${missing ? "no such file" : (error as Error).message}`);
  }
  try {
    return JSON.parse(text) as SpecificationInput;
  } catch (error) {
    throw new SpecificationError(`${file}: not JSON: ${(error as Error).message}`);
  }
}

/** Prints a run's way to its end. Ctrl-C pauses it. */
async function follow(run: Run): Promise<number> {
  console.log(`run ${run.id} in ${run.directory}`);
  let told = -Infinity;
  let state = "";
  run.onSnapshot((snapshot) => {
    const now = performance.now();
    if (snapshot.state === state && now - told < interval) return;
    told = now;
    state = snapshot.state;
    console.log(progress(snapshot));
  });
  let interrupted = false;
  const pause = () => {
    if (interrupted) return;
    interrupted = true;
    run.pause().catch(() => {});
  };
  process.on("SIGINT", pause);
  process.on("SIGTERM", pause);
  const summary = await run.done;
  if (summary.idealDistance !== null)
    console.log(`distance from the ideal point: ${digits(summary.idealDistance)}`);
  if (summary.state !== "paused") return 0;
  console.log(`paused; go on with: alright train --resume ${run.directory}`);
  return 130;
}

function progress({ state, note, step, steps, series }: RunSnapshot): string {
  if (state === "preparing") return `preparing: ${note ?? ""}`;
  const losses = (["sft", "dpo"] as const).flatMap((objective) => {
    const loss = series[objective].at(-1);
    return typeof loss === "number" ? [`f_${objective.toUpperCase()} ${digits(loss)}`] : [];
  });
  return [`${state}: step ${step} of ${steps}`, ...losses].join(", ");
}

function digits(value: number): string {
  return value.toPrecision(4);
}
