import { type Evaluation, evaluate } from "../training/evaluate.ts";
import { carryOut, describe, integer } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { digits } from "./show-number.ts";
import { aligned } from "./table.ts";

interface Options {
  readonly sft?: string;
  readonly dpo?: string;
  readonly runs?: string;
  readonly threads?: number;
  readonly json?: true;
}

const command = () =>
  describe({
    name: "evaluate",
    summary:
      "Evaluates weights on both held-out sets: losses, rewards, and the gaps to the ideal point where a run has one.",
    examples: [
      ["alright evaluate alright-20260101-120000-1a2b", "a run, on its own evaluation rows"],
      ["alright evaluate ./my-model --sft test.jsonl --dpo test-pairs.jsonl", "a model, on files"],
      ["alright evaluate ./my-adapter --sft test.jsonl --json", "an adapter on its model, as JSON"],
    ],
    exits: "130 after Ctrl-C",
  })
    .argument("<target>", "a run's directory or id, a model, or the directory of a PEFT adapter")
    .option("--sft <file>", "instructions to evaluate on (default: the run's evaluation rows)")
    .option("--dpo <file>", "preferences, likewise")
    .option("--runs <dir>", "where ids of runs are (default: runs)")
    .option("--threads <n>", "threads (default: the run's, or physical cores)", integer(1))
    .option("--json", "as one JSON object, numbers in full precision");

/** `alright evaluate RUN|MODEL`. */
export function evaluateCommand(args: readonly string[]): Promise<number> {
  return carryOut<Options>(command(), args, async ({ sft, dpo, runs, threads, json }, [target]) => {
    const interrupt = new AbortController();
    process.once("SIGINT", () => interrupt.abort());
    const data = { ...(sft === undefined ? {} : { sft }), ...(dpo === undefined ? {} : { dpo }) };
    try {
      const result = await evaluate(target!, {
        ...(Object.keys(data).length > 0 ? { data } : {}),
        ...(runs === undefined ? {} : { runs }),
        ...(threads === undefined ? {} : { threads }),
        onNote: (note) => console.error(note),
        signal: interrupt.signal,
      });
      if (json) console.log(JSON.stringify(result));
      else for (const line of aligned(facts(result))) console.log(line);
      return exitCodes.done;
    } catch (error) {
      if (interrupt.signal.aborted) return exitCodes.interrupted;
      throw error;
    }
  });
}

function facts({ run, model, weights, step, rows, losses, rewards, gaps, idealDistance }: Evaluation) {
  const rowsOf = (name: "sft" | "dpo") => (losses[name] === undefined ? null : `${rows[name]} rows`);
  const all: readonly (readonly [string, ...(string | null)[]])[] = [
    ["model", model],
    ["run", run],
    ["weights", step === null ? weights : `${weights}, after step ${step}`],
    ["f_SFT", digits(losses.sft) || null, rowsOf("sft"), gaps && `gap ${digits(gaps.sft)}`],
    ["f_DPO", digits(losses.dpo) || null, rowsOf("dpo"), gaps && `gap ${digits(gaps.dpo)}`],
    ["to ideal", digits(idealDistance) || null],
    ["accuracy", rewards && digits(rewards.accuracy)],
    ["margin", rewards && digits(rewards.margin)],
  ];
  return all
    .filter(([, value]) => value !== null)
    .map((cells) => cells.filter((cell): cell is string => cell !== null));
}
