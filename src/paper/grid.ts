import { readFileSync } from "node:fs";
import { z } from "zod";
import { assetPath } from "../assets.ts";
import { nearest } from "../nearest.ts";
import type { SpecificationInput } from "../runs/specification.ts";
import { PaperError } from "./error.ts";

type Objective = "dpo" | "sft";
type Method = SpecificationInput["method"];

/** One of the paper's experiments at the scale of the embedded models: which runs it has. */
export interface Experiment {
  /** Figures and tables of the paper that its runs are for: "Fig. 3". */
  readonly items: readonly string[];
  /** What all runs have in common but the seed. */
  readonly base: Omit<SpecificationInput, "method" | "steps"> & { readonly steps: number };
  /** Sequential's. */
  readonly order: readonly Objective[];
  readonly methods: readonly string[];
  /** λ of the joint methods beside (T_DPO, T_SFT) of the Sequential run that they are compared with, in the paper's epochs. */
  readonly pairs: readonly { readonly lambda: number; readonly epochs: readonly [number, number] }[];
  /** MAXRIGHT's steps between evaluations of both objectives. */
  readonly k: readonly number[];
  /** Whether each model is asked the held-out questions, as for Table 1. */
  readonly answers?: boolean;
  /** The joint methods' stopping criterion (D.2), where they have one; Sequential has none. */
  readonly stop?: SpecificationInput["stop"];
}

/** One run of an experiment, and its name in `assets/grid/EXPERIMENT/`. */
export interface GridRun {
  readonly name: string;
  readonly specification: SpecificationInput;
}

const Part = z.strictObject({
  like: z.string().optional(),
  items: z.array(z.string()).optional(),
  base: z.looseObject({}).optional(),
  order: z.array(z.enum(["dpo", "sft"])).optional(),
  methods: z.array(z.string()).optional(),
  pairs: z
    .array(z.strictObject({ lambda: z.number(), epochs: z.tuple([z.number(), z.number()]) }))
    .optional(),
  k: z.array(z.number().int()).optional(),
  answers: z.boolean().optional(),
});
const File = z.strictObject({
  seeds: z.array(z.number().int()),
  experiments: z.record(z.string(), Part),
});

let file: z.infer<typeof File> | null = null;
function read(): z.infer<typeof File> {
  file ??= File.parse(JSON.parse(readFileSync(assetPath("grid/grid.json"), "utf8")));
  return file;
}

/** Names of the experiments of `assets/grid/grid.json`. */
export function experimentNames(): string[] {
  return Object.keys(read().experiments);
}

/** The seeds that every run of the grid is meant to have. */
export function gridSeeds(): readonly number[] {
  return read().seeds;
}

/** An experiment with what it takes from the one that it is like. @throws PaperError naming the nearest experiment */
export function experiment(name: string): Experiment {
  const part = read().experiments[name];
  if (!part) {
    const near = nearest(name, experimentNames());
    throw new PaperError(
      `experiment ${JSON.stringify(name)} is unknown${near ? `; did you mean ${JSON.stringify(near)}?` : ""} (there are ${experimentNames().join(", ")})`,
    );
  }
  const { like, base, ...own } = part;
  const inherited: Partial<Experiment> = like === undefined ? {} : experiment(like);
  const shared = { ...inherited.base, ...base } as Experiment["base"];
  return { ...inherited, ...own, items: own.items ?? [], base: shared } as Experiment;
}

/** Every run of an experiment of the grid for one seed, in the order of the paper's legends. */
export function gridRuns(name: string, seed: number): GridRun[] {
  return runsOf(experiment(name), seed);
}

/** Every run of an experiment, at whichever scale, for one seed. */
export function runsOf({ base, methods, pairs, order, k, stop }: Experiment, seed: number): GridRun[] {
  const runs = methods.flatMap((method) =>
    pairs.flatMap(({ lambda, epochs }): { name: string; method: Method }[] => {
      if (method === "sequential")
        return [
          {
            name: `sequential-${epochs.join("-")}`,
            method: { name: method, order: [...order], steps: stageSteps(epochs, order, base.steps) },
          },
        ];
      if (method !== "maxright") return [{ name: `${method}-${lambda}`, method: { name: method, lambda } }];
      return k.map((each) => ({
        name: `maxright-${lambda}-k${each}`,
        method: { name: method, lambda, k: each },
      }));
    }),
  );
  return runs.map(({ name, method }) => ({
    name: `${name}-seed${seed}`,
    specification: { ...base, method, seed, ...(stop && method.name !== "sequential" && { stop }) },
  }));
}

/** Steps of Sequential's stages in its order: the run's steps divided as the paper's epochs are. */
export function stageSteps(
  [dpo, sft]: readonly [number, number],
  order: readonly Objective[],
  steps: number,
): number[] {
  const share = Math.round((steps * dpo) / (dpo + sft));
  return order.map((objective) => (objective === "dpo" ? share : steps - share));
}
