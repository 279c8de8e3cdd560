import type { Values } from "../tensor/index.ts";
import { buildHeadPlan, buildLayerPlan, type LayerPlan, localAdapters } from "./block-plan.ts";
import { blockWeights } from "./block-weights.ts";
import { batchFeeds, floats, slotFactors } from "./feeds.ts";
import { addLabelRows, addRow, addTo } from "./gradients.ts";
import type { PackedBatch } from "./packing.ts";
import { gatherLogProbs, type RunnerOptions, type StepRunner, tokensOf, type Weighing } from "./runner.ts";
import { createSession, type Feed, type Session } from "./session.ts";
import { gradientName, type Outputs } from "./step-plan.ts";

type Feeds = ReadonlyMap<string, Feed>;

/** A micro-batch on its way through the layers. */
interface Part {
  readonly packed: PackedBatch;
  readonly feeds: Feeds;
  /** The inputs of layers that are kept, and last the newest output: [tokens, width] each. */
  readonly states: Float32Array[];
}

/**
 * The blockwise plan: layer by layer, all micro-batches through a layer before the next one, so that weights which
 * are not kept are read once per pass. The loss is known between the passes, so every objective costs the same.
 */
export function blockRunner(of: RunnerOptions): StepRunner {
  const { model, weights, adapter, threads } = of;
  const { width } = model;
  const names = Array.from({ length: model.layers }, (_, i) => model.layerName(i));
  const { placeOf, ofLayer, ofHead } = blockWeights(of);
  const head = buildHeadPlan(model, adapter !== null);
  const plans = new Map<string, LayerPlan>();
  const sessions = new Map<string, Promise<Session>>();
  const session = (key: string, outputs: Outputs) => {
    const made = sessions.get(key) ?? createSession(outputs, { threads });
    sessions.set(key, made);
    return made;
  };

  /** Layers with adapters in the same places are of one kind, and share graphs. */
  const planOf = (prefix: string): LayerPlan & { readonly kind: string } => {
    const adapted = adapter ? localAdapters(adapter.layers, prefix) : [];
    const kind = adapted.map(({ module }) => module).join(" ");
    const plan = plans.get(kind) ?? buildLayerPlan(model, prefix, adapter);
    plans.set(kind, plan);
    return { ...plan, kind };
  };

  const begin = (packed: PackedBatch): Part => ({
    packed,
    feeds: batchFeeds(packed, of.rotary, model.vocabulary, of.blockLogits),
    states: [weights.rows(model.embedding, packed.ids)],
  });
  const feed = (part: Part, ...more: Feeds[]) =>
    new Map([
      ...part.feeds,
      ["x", floats(part.states.at(-1)!, part.packed.tokens, width)] as const,
      ...more.flatMap((feeds) => [...feeds]),
    ]);
  const addAll = (
    into: readonly Values[],
    trained: readonly string[],
    places: ReadonlyMap<string, number>,
    outputs: ReadonlyMap<string, Float32Array>,
  ) => {
    for (const name of trained) addTo(into[places.get(name)!]!, outputs.get(gradientName(name))!);
  };

  async function forward(parts: readonly Part[], keep: boolean): Promise<void> {
    for (const prefix of names) {
      const plan = planOf(prefix);
      const compiled = await session(`forward ${plan.kind}`, plan.forward);
      const { feeds } = ofLayer(prefix);
      for (const part of parts) {
        const outputs = await compiled.run(feed(part, feeds));
        if (!keep) part.states.pop();
        part.states.push(outputs.get("y")!);
      }
    }
  }

  /** Log-probabilities from the last layer's output; with `slopes` also their derivatives by the head's input. */
  async function headForward(parts: readonly Part[], logProbs: Float64Array, slopes?: Float32Array[]) {
    const compiled = await (slopes ? session("head both", head.both) : session("head", head.forward));
    const { feeds } = ofHead();
    for (const part of parts) {
      const outputs = await compiled.run(feed(part, feeds));
      gatherLogProbs(part.packed, outputs.get("logProbs")!, logProbs);
      slopes?.push(outputs.get("slopes")!);
    }
  }

  /** ∂loss/∂(last layer's output) of each part, [tokens, width]. */
  async function headBackward(
    parts: readonly Part[],
    weightOf: Float64Array,
    { slopes, logProbs, into }: { slopes: Float32Array[]; logProbs: Float64Array; into: readonly Values[] },
  ): Promise<Float32Array[]> {
    const compiled = await (head.backward
      ? session("head backward", head.backward)
      : session("head both", head.both));
    const { feeds, places } = ofHead();
    const upstream: Float32Array[] = [];
    for (const [i, part] of parts.entries()) {
      const { chunks, chunk } = part.packed;
      const slots = slotFactors(part.packed, { weightOf, pairs: null });
      const given = new Map([["factors", floats(slots, chunks, chunk)]]);
      if (head.backward) given.set("slopes", floats(slopes[i]!, chunks, chunk, width));
      const outputs = await compiled.run(feed(part, feeds, given));
      upstream.push(outputs.get(gradientName("x"))!);
      if (head.backward) continue;
      gatherLogProbs(part.packed, outputs.get("logProbs")!, logProbs);
      addAll(into, head.trained, places, outputs);
      const gradient = into[placeOf.get(model.head)!]!;
      addTo(gradient, outputs.get("headGradient")!);
      addLabelRows(gradient, part.packed, outputs.get("targetHidden")!, slots, width);
    }
    return upstream;
  }

  async function backward(parts: readonly Part[], upstream: Float32Array[], into: readonly Values[]) {
    for (const prefix of names.toReversed()) {
      const plan = planOf(prefix);
      const compiled = await session(`backward ${plan.kind}`, plan.backward);
      const { feeds, places } = ofLayer(prefix);
      for (const [i, part] of parts.entries()) {
        const arrived = new Map([["upstream", floats(upstream[i]!, part.packed.tokens, width)]]);
        const outputs = await compiled.run(feed(part, feeds, arrived));
        part.states.pop();
        upstream[i] = outputs.get(gradientName("x"))!;
        addAll(into, plan.trained, places, outputs);
      }
    }
  }

  return {
    async logProbs({ parts: packed, responses }) {
      const parts = packed.map(begin);
      await forward(parts, false);
      const logProbs = new Float64Array(responses);
      await headForward(parts, logProbs);
      return logProbs;
    },
    async gradient(batch, weighing: Weighing, into) {
      const parts = batch.parts.map(begin);
      await forward(parts, true);
      const logProbs = new Float64Array(batch.responses);
      const slopes: Float32Array[] = [];
      // A trained head goes forward and backward in one; what its factors depend on must be known before.
      if (head.backward) await headForward(parts, logProbs, slopes);
      else if (!weighing.known) await headForward(parts, logProbs);
      const weightOf = weighing.known ?? weighing.weights(logProbs);
      const upstream = await headBackward(parts, weightOf, { slopes, logProbs, into });
      for (const { states } of parts) states.pop();
      await backward(parts, upstream, into);
      if (!adapter) {
        const gradient = into[placeOf.get(model.embedding)!]!;
        for (const [i, { packed }] of parts.entries())
          for (const [token, id] of packed.ids.entries()) addRow(gradient, id, upstream[i]!, token, width, 1);
      }
      return { logProbs, tokens: tokensOf(batch) };
    },
    async dispose() {
      const open = [...sessions.values()];
      sessions.clear();
      for (const each of open) await (await each).dispose();
    },
  };
}
