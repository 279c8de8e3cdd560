import { type LanguageModel, loraLayers } from "../models/index.ts";
import type { Specification } from "../runs/specification.ts";

/** Tokens of an average row: prompt and response, or prompt and both responses. */
export interface RowTokens {
  readonly sft: number;
  readonly dpo: number;
}

/** Of a row's tokens about half are the response's, and only those go through the head. */
const targets = 0.5;

/**
 * Floating-point operations of a token in a training step: 2 for each weight of a linear layer forward, as many backward, once more forward where activations are computed
 * again (layer by layer); the adapter's three products; the head, forward and backward, for tokens that are trained on. Attention's scores are left out: at these lengths
 * they are a few percent.
 */
export function stepOperations(
  model: LanguageModel,
  lora: Specification["lora"],
  plan: "whole" | "blockwise",
): number {
  const { linear, head } = weightsOf(model);
  const adapter = lora ? adapterParameters(model, lora) : 0;
  const passes = plan === "whole" ? 2 : 3;
  return 2 * passes * linear + (lora ? 6 * adapter : 2 * linear) + 4 * targets * head;
}

/** Numbers in an adapter. */
export function adapterParameters(model: LanguageModel, lora: NonNullable<Specification["lora"]>): number {
  return loraLayers(model, lora).reduce(
    (sum, { inputs, outputs }) => sum + lora.rank * (inputs + outputs),
    0,
  );
}

/** The same of a token that is only evaluated. */
export function forwardOperations(model: LanguageModel): number {
  const { linear, head } = weightsOf(model);
  return 2 * linear + 2 * targets * head;
}

function weightsOf(model: LanguageModel): { linear: number; head: number } {
  const size = (name: string) => model.shapes.get(name)!.reduce((product, n) => product * n, 1);
  return {
    linear: model.linearLayers.reduce((sum, module) => sum + size(`${module}.weight`), 0),
    head: size(model.head),
  };
}

/**
 * Tokens that a run trains on, and tokens that it evaluates, as its method has them on average: ALRIGHT's share of DPO steps is λ, MAXRIGHT's is taken as a half.
 *
 * @param rows in each set that the run reads
 */
export function runTokens(
  { method, batchSize, evaluation }: Pick<Specification, "method" | "batchSize" | "evaluation">,
  steps: number,
  tokens: RowTokens,
  rows: { readonly sft: number; readonly dpo: number },
): { training: number; evaluation: number } {
  const step = { sft: batchSize.sft * tokens.sft, dpo: batchSize.dpo * tokens.dpo };
  const mixed = (share: number) => steps * (share * step.dpo + (1 - share) * step.sft);
  const measured = Math.ceil(steps / evaluation.every) + 1;
  const evaluated = measured * evaluation.fraction * (rows.sft * tokens.sft + rows.dpo * tokens.dpo);
  const {
    name,
    lambda,
    k,
    order,
    steps: stages,
  } = method as {
    name: string;
    lambda?: number;
    k?: number;
    order?: readonly ("dpo" | "sft")[];
    steps?: readonly number[];
  };
  switch (name) {
    case "sequential":
      return {
        training: order!.reduce((sum, objective, i) => sum + stages![i]! * step[objective], 0),
        evaluation: evaluated,
      };
    case "mix":
      return { training: steps * (step.dpo + step.sft), evaluation: evaluated };
    case "maxright":
      return {
        training: mixed(0.5),
        evaluation: evaluated + Math.ceil(steps / (k ?? 1)) * (step.dpo + step.sft),
      };
    default:
      return {
        training: mixed(name === "dpo" ? 1 : name === "sft" ? 0 : (lambda ?? 0.5)),
        evaluation: evaluated,
      };
  }
}
