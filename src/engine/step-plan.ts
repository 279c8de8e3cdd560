/**
 * The whole step as graphs with symbolic dimensions: one that gives log-probabilities, one that also gives all
 * gradients. Either is built once and runs every batch shape.
 */
import {
  hiddenStates,
  type LanguageModel,
  type LoraLayer,
  type LoraShape,
  packedAttention,
  packedInputs,
  type Weights,
  weightInputs,
  withLora,
} from "../models/index.ts";
import {
  differentiableLogProbs,
  differentiate,
  flatten,
  input,
  lookup,
  permuteRows,
  type Tensor,
  targetLogProbs,
  unflatten,
  weightedLogProbs,
} from "../tensor/index.ts";
import { targetFactors } from "./pair-factors.ts";

export type Outputs = Readonly<Record<string, Tensor>>;

export interface StepPlan {
  /** `logProbs` [chunks, chunk]. */
  readonly forward: Outputs;
  /** The same under dropout, as the gradient's pass sees it; `forward` itself where there is none. */
  readonly trainingForward: Outputs;
  /**
   * `logProbs`, and a gradient under each trained array's name. With all weights trained, the embedding's is given as
   * that of its rows, `embeddedGradient` [tokens, width], and the head's lacks what belongs to the labels' rows, for
   * which `targetHidden` [chunks, chunk, width] is given.
   */
  readonly gradient: Outputs;
}

export function buildPlan(
  model: LanguageModel,
  adapter: { readonly lora: LoraShape; readonly layers: readonly LoraLayer[] } | null,
): StepPlan {
  const packed = packedInputs(model.frequencies.length);
  const base = weightInputs(model.shapes);
  const adapted = adapter && withLora(base, adapter.layers, adapter.lora, true);
  const weights = adapted ?? base;
  const targets = input("targets", ["chunks", "chunk"], "int32");
  const slotOf = input("slotOf", ["tokens"], "int32");
  const labels = input("labels", ["chunks", "chunk"], "int32");
  const blocks = {
    blocks: input("headBlocks", ["blocks", "blockSize", model.width]),
    rest: input("headRest", ["rest", model.width]),
  };

  const head = weights.tensor(model.head);
  const attention = packedAttention(packed);
  const ofTargets = (x: Tensor) => {
    const width = x.shape[1] as number;
    const [rows] = permuteRows([x], [targets], [slotOf], width); // [chunks, chunk, width]
    return flatten(rows!); // [chunks · chunk, width]
  };
  /** @param all whether every token goes through the whole last layer, as dropout's masks are made for */
  const targetStates = (weights: Weights, all = false) => {
    const embedded = lookup(weights.tensor(model.embedding), packed.ids); // [tokens, width]
    const hidden = all
      ? ofTargets(hiddenStates(model, embedded, attention, weights))
      : hiddenStates(model, embedded, attention, weights, ofTargets);
    return { embedded, targetHidden: unflatten(hidden, labels) }; // [chunks, chunk, width]
  };
  const { embedded, targetHidden } = targetStates(weights, Boolean(adapter?.lora.dropout));
  const trainingForward = { logProbs: targetLogProbs(targetHidden, head, labels, blocks) };
  const evaluated = adapter?.lora.dropout
    ? targetStates(withLora(base, adapter.layers, adapter.lora)).targetHidden
    : null;
  const forward = evaluated ? { logProbs: targetLogProbs(evaluated, head, labels, blocks) } : trainingForward;

  if (adapted) {
    const logProbs = differentiableLogProbs(targetHidden, head, labels, blocks);
    const names = [...adapted.tensors.keys()];
    const gradients = differentiate(
      [{ of: logProbs, gradient: targetFactors(logProbs) }],
      names.map((name) => adapted.tensors.get(name)!),
    );
    return { forward, trainingForward, gradient: { logProbs, ...named(names, gradients) } };
  }
  const names = [...model.shapes.keys()].filter((name) => name !== model.embedding && name !== model.head);
  const factors = input("factors", ["chunks", "chunk"]);
  const last = weightedLogProbs(targetHidden, head, labels, factors);
  const [embeddedGradient, ...gradients] = differentiate(
    [{ of: targetHidden, gradient: last.hiddenGradient }],
    [embedded, ...names.map((name) => weights.tensor(name))],
  );
  const gradient = {
    logProbs: last.logProbs,
    embeddedGradient: embeddedGradient!,
    headGradient: last.headGradient,
    targetHidden: targetHidden,
    ...named(names, gradients),
  };
  return { forward, trainingForward, gradient };
}

/** Graph outputs may not have the names of graph inputs. */
export const gradientName = (parameter: string) => `gradient:${parameter}`;

function named(names: readonly string[], gradients: readonly Tensor[]): Outputs {
  return Object.fromEntries(names.map((name, i) => [gradientName(name), gradients[i]!]));
}
