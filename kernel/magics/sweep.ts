import type { SpecificationInput } from "../../src/runs/specification.ts";
import { formatSweep } from "./code.ts";
import { type Magic, MagicError, type MagicOptions } from "./magic.ts";
import { specificationPart } from "./set.ts";
import { merge, settings } from "./settings.ts";
import { specificationOptions } from "./specification-options.ts";

/** `0.1,0.5,0.9`, with brackets or without. */
function numbers(text: string): number[] | undefined {
  const all = text
    .replace(/^\[|\]$/g, "")
    .split(",")
    .map((word) => (word.trim() === "" ? Number.NaN : Number(word)));
  return all.some(Number.isNaN) ? undefined : all;
}

const { seed: _, ...shared } = specificationOptions;

const axes = {
  methods: {
    type: "words",
    kind: "method",
    typescript: 'readonly (string | import("alright-ts").SpecificationInput["method"])[]',
    help: "methods to compare, with commas between (default alright)",
  },
  lambda: {
    type: "string",
    aliases: ["λ", "lambdas"],
    literal: numbers,
    typescript: "number | readonly number[]",
    help: "weights of DPO, with commas between; of the methods that have λ. With budget= the first ones",
  },
  seeds: {
    type: "integers",
    aliases: ["seed"],
    help: "seeds; the front has mean and spread over them (default: the session's one)",
  },
  k: { type: "integers", minimum: 1, help: "MAXRIGHT's steps between evaluations of both objectives" },
  budget: {
    type: "integer",
    minimum: 1,
    help: "adaptive: λ of one method are chosen where the front has its widest gap, until so many runs are made",
  },
  processes: {
    type: "integer",
    minimum: 1,
    help: "trainer processes at a time, one thread each (default: one for each core)",
  },
  retries: { type: "integer", minimum: 0, help: "how often a run that failed is tried again (default 2)" },
  executor: {
    type: "string",
    values: ["local", "ray", "slurm"],
    help: "where runs execute: processes here (default), or a cluster, whose address is RAY_ADDRESS, or Slurm's commands",
  },
  slots: { type: "integer", minimum: 1, help: "runs that a cluster gets at a time" },
  resume: {
    type: "path",
    kind: "file",
    help: "go on with a sweep: its directory, or its id; takes no other axis",
  },
} as const satisfies MagicOptions;

const AXES = ["methods", "lambda", "seeds", "k", "budget"];

export const sweep: Magic = {
  name: "sweep",
  help: "trains many runs, every combination of methods, λ, seeds and k, with the front live",
  options: {
    ...axes,
    ...shared,
    background: { type: "boolean", help: "return at once; the cell is free while the sweep goes on" },
    code: {
      type: "boolean",
      help: "print the call of the library that this magic makes, and do not make it",
    },
    runs: { type: "path", kind: "file", help: "directory of run directories (default runs)" },
  },
  value: 'import("alright-ts").Sweep',
  examples: [
    "%sweep methods=alright,mix,mgda λ=0.1,0.5,0.9 seeds=1,2,3",
    "%sweep methods=maxright λ=0.5 k=1,10,100",
    "%sweep methods=alright budget=12",
    "const sweep = %sweep methods=alright λ=0.2,0.8 steps=100 background",
    "%sweep resume=sweep-20260101-120000-1a2b",
  ],
  async run(call) {
    const { options, execution } = call;
    const { startSweep, resume } = await import("./start-sweep.ts");
    if (options.resume !== undefined) {
      const other = AXES.find((name) => name in options);
      if (other !== undefined)
        throw new MagicError(`%sweep resume=… takes no ${other}: the sweep has its own`);
      return resume(options, execution);
    }
    const input = inputOf(options);
    if (options.code === true) {
      process.stdout.write(`${formatSweep(input, options.runs as string | undefined)}\n`);
      return undefined;
    }
    return startSweep(input, options, execution);
  },
};

/** What `sweep()` takes, from the session's specification and the magic's options. */
function inputOf(options: Readonly<Record<string, unknown>>) {
  const part = specificationPart(options);
  const base = merge(settings(), part) as Record<string, unknown>;
  if (part.steps !== undefined) delete base.epochs;
  if (part.epochs !== undefined) delete base.steps;
  const { model } = base;
  if (model === undefined)
    throw new MagicError(
      "%sweep needs a model: %model pythia-tiny (or toy:conflict) sets one for the session",
    );
  base.data = String(model).startsWith("toy:") ? {} : (base.data ?? {});
  const {
    methods = ["alright"],
    budget,
    k,
  } = options as { methods?: string[]; budget?: number; k?: number[] };
  const given = options.lambda;
  if (typeof given === "string")
    throw new MagicError(
      `%sweep: λ is ${JSON.stringify(given)}; expected numbers with commas between, as λ=0.1,0.5`,
    );
  const lambda = given === undefined ? undefined : ([given].flat() as number[]);
  const shared = {
    ...(lambda ? { lambda } : {}),
    ...(options.seeds ? { seeds: options.seeds as number[] } : {}),
  };
  const common = base as unknown as SpecificationInput;
  if (budget === undefined) return { base: common, methods, ...shared, ...(k ? { k } : {}) };
  if (methods.length > 1 || k)
    throw new MagicError("%sweep budget=… chooses λ of one method; give one in methods=, and no k=");
  return { base: common, adaptive: { method: methods[0]!, budget, ...shared } };
}
