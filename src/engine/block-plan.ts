/**
 * A step as one graph per kind of layer, run layer by layer. The backward graph of a layer computes its forward pass
 * anew (gradient checkpointing, Chen et al. 2016), so only the layers' inputs are kept; and a layer's weights are
 * needed only while it runs.
 */
import {
  type LanguageModel,
  type LoraLayer,
  type LoraShape,
  packedAttention,
  packedInputs,
  weightInputs,
  withLora,
} from "../models/index.ts";
import {
  differentiate,
  input,
  multiply,
  permuteRows,
  reshape,
  type Tensor,
  targetLogProbs,
  targetSlopes,
  weightedLogProbs,
} from "../tensor/index.ts";
import { gradientName, type Outputs } from "./step-plan.ts";

/** Graphs of layers that are alike; weights and trained arrays have the names that they have within their layer. */
export interface LayerPlan {
  /** `x` → `y`, [tokens, width] each. */
  readonly forward: Outputs;
  /** The same under dropout, as the backward pass sees it; `forward` itself where there is none. */
  readonly trainingForward: Outputs;
  /** `x` and `upstream` (∂loss/∂y) → `gradient:x`, and one for each trained array. */
  readonly backward: Outputs;
  /** Names of the layer's trained arrays, without the layer's name. */
  readonly trained: readonly string[];
}

export interface HeadPlan {
  /** `x` → `logProbs` [chunks, chunk]. */
  readonly forward: Outputs;
  /**
   * Where the head is frozen: `x` → `logProbs` and `slopes` [chunks, chunk, width], before anything is known of the
   * factors. Where it is trained: `x` and `factors` → what {@link backward} gives, and `headGradient`, `targetHidden`.
   */
  readonly both: Outputs;
  /** `x`, `slopes` and `factors` → `gradient:x`; null where the head is trained. */
  readonly backward: Outputs | null;
  /** Weights between the last layer and the head that are trained. */
  readonly trained: readonly string[];
}

const within = (name: string, prefix: string) =>
  name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : null;

/** The name of an adapter's array within its layer, so that layers that are alike share a graph. */
function localAdapterName(layer: LoraLayer, side: "A" | "B", prefix: string): string {
  return `${within(layer.module, prefix)}.lora_${side}`;
}

/** The adapters of one layer, under names without the layer's. */
export function localAdapters(layers: readonly LoraLayer[], prefix: string): LoraLayer[] {
  return layers
    .filter(({ module }) => within(module, prefix) !== null)
    .map((layer) => ({
      ...layer,
      module: within(layer.module, prefix)!,
      nameA: localAdapterName(layer, "A", prefix),
      nameB: localAdapterName(layer, "B", prefix),
    }));
}

/** @param prefix the name of one of the layers that this plan is for */
export function buildLayerPlan(
  model: LanguageModel,
  prefix: string,
  adapter: { readonly lora: LoraShape; readonly layers: readonly LoraLayer[] } | null,
): LayerPlan {
  const shapes = new Map<string, readonly number[]>();
  for (const [name, shape] of model.shapes) {
    const local = within(name, prefix);
    if (local !== null) shapes.set(local, shape);
  }
  const base = weightInputs(shapes);
  const local = adapter && localAdapters(adapter.layers, prefix);
  const adapted = adapter && withLora(base, local!, adapter.lora, true);
  const weights = adapted ?? base;
  const attention = packedAttention(packedInputs(model.frequencies.length));
  const x = input("x", ["tokens", model.width]);
  const y = model.layer(x, attention, weights);
  const evaluated = adapter?.lora.dropout
    ? model.layer(x, attention, withLora(base, local!, adapter.lora))
    : y;
  const trained = adapted ? [...adapted.tensors.keys()] : adapter ? [] : [...shapes.keys()];
  const arrays = trained.map((name) => adapted?.tensors.get(name) ?? weights.tensor(name));
  const upstream = input("upstream", ["tokens", model.width]);
  const [ofX, ...gradients] = differentiate([{ of: y, gradient: upstream }], [x, ...arrays]);
  return {
    trained,
    forward: { y: evaluated },
    trainingForward: { y },
    backward: {
      [gradientName("x")]: ofX!,
      ...Object.fromEntries(trained.map((name, i) => [gradientName(name), gradients[i]!])),
    },
  };
}

/** @param frozen whether the head, and what lies between it and the last layer, is not trained */
export function buildHeadPlan(model: LanguageModel, frozen: boolean): HeadPlan {
  const inLayers = (name: string) =>
    Array.from({ length: model.layers }, (_, i) => model.layerName(i)).some(
      (layer) => within(name, layer) !== null,
    );
  const shapes = new Map([...model.shapes].filter(([name]) => !inLayers(name)));
  const weights = weightInputs(shapes);
  const targets = input("targets", ["chunks", "chunk"], "int32");
  const slotOf = input("slotOf", ["tokens"], "int32");
  const labels = input("labels", ["chunks", "chunk"], "int32");
  const blocks = {
    blocks: input("headBlocks", ["blocks", "blockSize", model.width]),
    rest: input("headRest", ["rest", model.width]),
  };
  const factors = input("factors", ["chunks", "chunk"]);
  const head = weights.tensor(model.head);
  const x = input("x", ["tokens", model.width]);
  const [hidden] = permuteRows([model.finish(x, weights)], [targets], [slotOf], model.width); // [chunks, chunk, width]
  const forward = { logProbs: targetLogProbs(hidden!, head, labels, blocks) };
  if (frozen) {
    const { logProbs, slopes } = targetSlopes(hidden!, head, labels, blocks);
    const given = input("slopes", ["chunks", "chunk", model.width]);
    const gradient = multiply(given, reshape(factors, ["chunks", "chunk", 1]));
    const [ofX] = differentiate([{ of: hidden!, gradient }], [x]);
    return { forward, both: { logProbs, slopes }, backward: { [gradientName("x")]: ofX! }, trained: [] };
  }
  const trained = [...shapes.keys()].filter((name) => name !== model.embedding && name !== model.head);
  const last = weightedLogProbs(hidden!, head, labels, factors);
  const [ofX, ...gradients] = differentiate(
    [{ of: hidden!, gradient: last.hiddenGradient }],
    [x, ...trained.map((name) => weights.tensor(name))],
  );
  const both: Record<string, Tensor> = {
    [gradientName("x")]: ofX!,
    logProbs: last.logProbs,
    headGradient: last.headGradient,
    targetHidden: hidden!,
    ...Object.fromEntries(trained.map((name, i) => [gradientName(name), gradients[i]!])),
  };
  return { forward, both, backward: null, trained };
}
