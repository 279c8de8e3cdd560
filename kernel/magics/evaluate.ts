import type { Evaluation } from "../../src/training/evaluate.ts";
import type { Run } from "../../src/training/run.ts";
import { displayData } from "../runtime/display.ts";
import { findRun, sessionRuns, stateOf } from "../runtime/runs.ts";
import { renderTable } from "../runtime/table.ts";
import { cellObjectives } from "./cell-objective.ts";
import { type Call, type Magic, MagicError } from "./magic.ts";
import { asRun } from "./run-choice.ts";
import { settings } from "./settings.ts";

export const evaluate: Magic = {
  name: "evaluate",
  help: "evaluates a run's weights, an adapter or a model on held-out rows of both data sets: losses, gaps, rewards; its value is these numbers",
  word: {
    name: "target",
    help: "a run's id, a directory, or a model (default: the session's last run with weights)",
    optional: true,
    kind: "run",
  },
  options: {
    run: {
      type: "string",
      kind: "run",
      typescript: 'string | import("alright-ts").Run',
      help: "a run, by id, directory or {run}: its final weights, or those of its newest checkpoint",
    },
    model: {
      type: "string",
      kind: "model",
      help: "a model as it is, on dpo= and sft= or the session's data",
    },
    dpo: {
      type: "path",
      kind: "data",
      help: "preference pairs to evaluate on (default: the run's held-out rows)",
    },
    sft: { type: "path", kind: "data", help: "instruction rows to evaluate on" },
    runs: { type: "path", kind: "file", help: "directory of run directories (default runs)" },
    memory: { type: "number", minimum: 0, nullable: true, help: "memory limit in bytes, or none" },
    threads: { type: "integer", minimum: 1, nullable: true, help: "threads, or none for all cores" },
  },
  value: 'import("alright-ts").Evaluation',
  examples: [
    "%evaluate",
    "%evaluate {run}",
    "%evaluate {run} dpo=other.jsonl",
    "%evaluate model=pythia-tiny",
    "const { losses } = %evaluate {run}",
  ],
  async run(call) {
    const { target, data } = targetOf(call);
    const { evaluate } = await import("../../src/training/evaluate.ts");
    const { runs, memory, threads } = call.options as {
      runs?: string;
      memory?: number | null;
      threads?: number | null;
    };
    const found = await evaluate(target, {
      ...(data && { data }),
      ...(runs !== undefined && { runs }),
      ...(memory !== undefined && { memory }),
      ...(threads !== undefined && { threads }),
      objectives: [...new Set(cellObjectives().values())],
      signal: call.execution.signal,
    });
    if (!call.assigned) displayData(table(found));
    return call.assigned ? found : undefined;
  },
};

function targetOf({ words: [id], word, options }: Call): {
  target: string;
  data?: { dpo?: string; sft?: string };
} {
  const { dpo, sft } = options as { dpo?: string; sft?: string };
  const data = dpo || sft ? { data: { ...(dpo && { dpo }), ...(sft && { sft }) } } : {};
  const given = [id, word, options.run, options.model].filter((one) => one !== undefined);
  if (given.length > 1) throw new MagicError("%evaluate: what to evaluate is given twice");
  if (options.model !== undefined) {
    const session = settings().data as { dpo?: string; sft?: string } | undefined;
    const target = options.model as string;
    return { target, ...(target.startsWith("toy:") ? {} : { data: data.data ?? session ?? {} }) };
  }
  const [one] = given as (string | Run)[];
  if (one !== undefined)
    return {
      target: typeof one === "string" ? (named(one)?.directory ?? one) : asRun("evaluate", one).directory,
      ...data,
    };
  const last = sessionRuns().findLast((run) =>
    ["finished", "stopped", "paused", "running"].includes(stateOf(run)),
  );
  if (last) return { target: last.directory, ...data };
  throw new MagicError("%evaluate: this session has no run with weights yet; name one, or give model=");
}

function named(id: string): Run | undefined {
  return findRun(id) ?? sessionRuns().find((run) => run.specification.name === id);
}

/** Losses and gaps of both objectives, then what the pairs say. */
function table(found: Evaluation) {
  const { rows, losses, ideal, gaps, idealDistance, rewards, logProbs, step, weights } = found;
  const digits = (value: number | undefined) => (value === undefined ? "" : Number(value.toPrecision(5)));
  const what = {
    final: "final weights",
    checkpoint: "newest checkpoint",
    model: "model",
    adapter: "adapter",
  }[weights];
  const lines: (readonly [string, string | number])[] = [
    ["weights", step === null ? what : `${what}, step ${step}`],
    ...(["dpo", "sft"] as const).flatMap((objective) => {
      const name = objective.toUpperCase();
      if (losses[objective] === undefined) return [];
      return [
        [`${name} loss on ${rows[objective]} rows`, digits(losses[objective])] as const,
        ...(gaps && ideal
          ? [[`${name} gap to f* = ${digits(ideal[objective])}`, digits(gaps[objective])] as const]
          : []),
      ];
    }),
    ...(idealDistance === null ? [] : [["ideal distance", digits(idealDistance)] as const]),
    ...(rewards
      ? [
          ["reward accuracy", digits(rewards.accuracy)] as const,
          ["reward margin", digits(rewards.margin)] as const,
          ["reward of the chosen", digits(rewards.chosen)] as const,
          ["reward of the rejected", digits(rewards.rejected)] as const,
        ]
      : []),
    ...(logProbs
      ? [
          ["log-probability of the chosen", digits(logProbs.chosen)] as const,
          ["log-probability of the rejected", digits(logProbs.rejected)] as const,
        ]
      : []),
  ];
  return renderTable([found.run ?? found.target, ""], lines);
}
