import { existsSync, readdirSync } from "node:fs";
import { findRunDirectory, type RunDirectory } from "../runs/directory.ts";
import { readSnapshot } from "../runs/list.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import { carryOut, describe } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { shellWord } from "./shell.ts";
import { digits, duration, size } from "./show-number.ts";
import { aligned } from "./table.ts";

interface Options {
  readonly runs?: string;
  readonly json?: true;
}

const command = () =>
  describe({
    name: "show",
    summary: "Tells what one run is, where it stands, and what it left.",
    examples: [
      ["alright show alright-20260101-120000-1a2b", "one of ./runs"],
      ["alright show /scratch/runs/alright-20260101-120000-1a2b --json", "its record and its snapshot"],
    ],
  })
    .argument("<run>", "a run's directory, or its id")
    .option("--runs <dir>", "where ids of runs are (default: runs)")
    .option("--json", "record and snapshot as one object");

/** `alright show RUN`. */
export function showCommand(args: readonly string[]): Promise<number> {
  return carryOut<Options>(command(), args, ({ runs = "runs", json }, [run]) => {
    const directory = findRunDirectory(run!, runs);
    const snapshot = readSnapshot(directory);
    if (json)
      console.log(
        JSON.stringify({ directory: directory.path, record: directory.readRecord(), snapshot }, null, 2),
      );
    else for (const line of aligned(facts(directory, snapshot))) console.log(line);
    return exitCodes.done;
  });
}

function facts(directory: RunDirectory, snapshot: RunSnapshot): string[][] {
  const { id, created, specification, versions } = directory.readRecord();
  const { model, data, method, lora, template } = specification;
  const { state, note, step, steps, series, ideal, steered, resources } = snapshot;
  const { name: methodName, ...options } = method;
  const rows: [string, string | null][] = [
    ["run", id],
    ["name", snapshot.name],
    ["state", note && state !== "finished" ? `${state}: ${note}` : state],
    ["step", `${step} of ${steps}`],
    ["created", created],
    ["model", model],
    ["SFT data", data.sft ?? null],
    ["DPO data", data.dpo ?? null],
    ["method", `${methodName} ${JSON.stringify(options)}`],
    ["steered", steered.map(({ step, lambda }) => `λ=${lambda} from step ${step}`).join(", ") || null],
    [
      "adapter",
      lora
        ? `rank ${lora.rank}, alpha ${lora.alpha}, on ${[lora.targets ?? "the model's own layers"].flat().join(", ")}`
        : "none",
    ],
    ["template", JSON.stringify(template)],
    ["f_SFT", digits(series.sft.at(-1)) || null],
    ["f_DPO", digits(series.dpo.at(-1)) || null],
    ["ideal point", ideal ? `f_SFT ${digits(ideal.sft)}, f_DPO ${digits(ideal.dpo)}` : null],
    ["time", duration(resources.seconds)],
    ["tokens", String(resources.tokens)],
    ["peak memory", resources.peakMemory === null ? null : size(resources.peakMemory)],
    ["plan", versions.plan ?? null],
    ["checkpoints", checkpoints(directory)],
    ["directory", directory.path],
    ["next", next(directory, snapshot)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null);
}

function checkpoints({ checkpoints }: RunDirectory): string | null {
  if (!existsSync(checkpoints)) return null;
  const steps = readdirSync(checkpoints).filter((name) => /^\d+$/.test(name));
  return steps.length === 0 ? null : `step ${steps.sort((a, b) => Number(a) - Number(b)).join(", ")}`;
}

/** The command that makes sense now. */
function next(directory: RunDirectory, { state }: RunSnapshot): string | null {
  const place = shellWord(directory.path);
  if (state === "paused" || state === "failed") return `alright train --resume ${place}`;
  const words = existsSync(directory.final) && !directory.readRecord().specification.model.startsWith("toy:");
  return words ? `alright save ${place} DIRECTORY` : null;
}
