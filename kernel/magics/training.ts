import { builtInMethods } from "../../src/methods/registry.ts";
import { type Magic, MagicError, type MagicOptions, RUN_TYPE } from "./magic.ts";
import { unknownOption } from "./option.ts";
import { specificationPart } from "./set.ts";
import { merge } from "./settings.ts";
import { specificationOptions } from "./specification-options.ts";

/** What every magic that trains takes beside the specification. */
export const trainingOptions = {
  objective: {
    type: "words",
    kind: "objective",
    typescript:
      'readonly string[] | import("alright-ts").ObjectiveDefinition | readonly import("alright-ts").ObjectiveDefinition[]',
    help: "an objective defined in a cell by `defineObjective`, by its name or its variable, for the rows that it reads; its own options are then options, too",
  },
  background: { type: "boolean", help: "return at once; the cell is free while the run goes on" },
  code: { type: "boolean", help: "print the call of the library that this magic makes, and do not make it" },
  view: {
    type: "string",
    values: ["objective", "losses", "weights", "bars"],
    help: "what the plot shows first (default objective; weights: the toy only)",
  },
  with: {
    type: "string",
    kind: "run",
    help: "runs of the session to draw beside this one: all, or ids with commas between",
  },
  runs: { type: "path", kind: "file", help: "directory of run directories (default runs)" },
} as const satisfies MagicOptions;

const HELP: Readonly<Record<string, string>> = {
  sft: "trains on the instructions only",
  dpo: "trains on the preferences only",
  sequential: "trains one objective after the other (Algorithm 1)",
  mix: "trains a weighted sum of both objectives in every step",
  alright: "draws each step's objective with probability λ for DPO (Algorithm 2)",
  maxright: "trains in each step the objective with the larger weighted optimality gap (Algorithms 3 and 4)",
  mgda: "trains the shortest convex combination of both gradients in every step (Désidéri 2012)",
  pcgrad: "takes from each gradient its part against the other one, in every step (Yu et al. 2020)",
  cagrad: "turns the weighted gradient towards the objective that it helps least (Liu et al. 2021)",
};

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  sft: ["%sft steps=50"],
  dpo: ["%dpo steps=50 beta=0.1", "%dpo loss=simpo beta=2 gamma=1"],
  sequential: ["%sequential order=dpo,sft steps=200", "%sequential order=sft,dpo stageSteps=100,50"],
  mix: ["%mix λ=0.5"],
  alright: [
    "%alright λ=0.5",
    "const run = %alright λ={best.lambda} background",
    "%alright λ=0.5 loss=ipo",
    "%alright λ=0.5 objective=myLoss",
    "%alright λ=0.5 --code",
  ],
  maxright: ["%maxright λ=0.5 k=10"],
  mgda: ["%mgda steps=200"],
  pcgrad: ["%pcgrad λ=0.5"],
  cagrad: ["%cagrad λ=0.5 c=0.5"],
};

/** `steps` and `epochs` are the run's; Sequential's own, one number a stage, are `stageSteps` and `stageEpochs`. */
function methodOptionNames(options: MagicOptions): Map<string, string> {
  const named = (name: string) =>
    Object.hasOwn(specificationOptions, name) ? `stage${name[0]!.toUpperCase()}${name.slice(1)}` : name;
  return new Map(Object.keys(options).map((name) => [named(name), name]));
}

/** Names that are no objective's options: the method's and the run's. */
function reserved(methodNames: Iterable<string>): Set<string> {
  const table: Readonly<Record<string, { path: string }>> = specificationOptions;
  const ofRun = Object.keys(table).filter((name) => !table[name]!.path.startsWith("objectives."));
  return new Set([...methodNames, ...ofRun, ...Object.keys(trainingOptions)]);
}

function trainingMagic(method: string): Magic {
  const { options } = builtInMethods.get(method)!;
  const names = methodOptionNames(options);
  return {
    name: method,
    help: HELP[method]!,
    options: {
      ...Object.fromEntries([...names].map(([written, name]) => [written, options[name]!])),
      ...specificationOptions,
      ...trainingOptions,
    },
    open: "objective",
    value: RUN_TYPE,
    examples: EXAMPLES[method]!,
    async run(call) {
      const { startTraining } = await import("./start.ts");
      const { objectivesOf } = await import("./cell-objective.ts");
      const own: Record<string, unknown> = {};
      for (const [written, name] of names) if (written in call.options) own[name] = call.options[written];
      const { objectives, part, others } = objectivesOf(call.options, reserved(names.keys()));
      const unknown = Object.keys(others).find((written) => !Object.hasOwn(this.options, written));
      if (unknown !== undefined) throw new MagicError(unknownOption(this, unknown));
      const specification = merge(specificationPart(others), part);
      return startTraining(call, { name: method, ...own }, specification, { objectives });
    },
  };
}

export const trainingMagics = [
  "sft",
  "dpo",
  "sequential",
  "mix",
  "alright",
  "maxright",
  "mgda",
  "pcgrad",
  "cagrad",
].map(trainingMagic);

export const run: Magic = {
  name: "run",
  help: "trains with a method defined in a cell by `defineMethod`, by its name or its variable",
  word: { name: "method", help: "a method", kind: "method" },
  options: {
    ...specificationOptions,
    ...trainingOptions,
    lambda: {
      type: "number",
      minimum: 0,
      maximum: 1,
      aliases: ["λ"],
      help: "weight of DPO, where the method has it",
    },
  },
  open: true,
  value: RUN_TYPE,
  examples: ["%run my-method λ=0.5", "%run {myMethod} steps=100"],
  async run(call) {
    const { startTraining } = await import("./start.ts");
    const { findCellMethod, methodOptions } = await import("./cell-method.ts");
    const { objectivesOf } = await import("./cell-objective.ts");
    const method = findCellMethod(call);
    const names = Object.entries(method.options).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
    const { objectives, part, others } = objectivesOf(call.options, reserved(names));
    const known = { ...specificationOptions, ...trainingOptions };
    const own = Object.fromEntries(Object.entries(others).filter(([name]) => !Object.hasOwn(known, name)));
    const options = methodOptions(method, own);
    const specification = merge(specificationPart(others), part);
    const outside = { methods: [method], objectives };
    return startTraining(call, { name: method.name, ...options }, specification, outside);
  },
};
