import type { Values } from "../tensor/index.ts";
import { ArrayPool } from "./array-pool.ts";
import { buildHeadPlan, buildLayerPlan, type LayerPlan, localAdapters } from "./block-plan.ts";
import { blockWeights } from "./block-weights.ts";
import { batchFeeds, floats, headFeeds, slotFactors } from "./feeds.ts";
import { addLabelRows, addRow, addTo } from "./gradients.ts";
import type { PackedBatch } from "./packing.ts";
import {
  type CutBatch,
  gatherLogProbs,
  type RunnerOptions,
  type StepRunner,
  type Weighing,
} from "./runner.ts";
import { createSession, type Feed, type Session } from "./session.ts";
import { gradientName, type Outputs } from "./step-plan.ts";
import { STREAMED_STATES } from "./weight-store.ts";

type Feeds = ReadonlyMap<string, Feed>;

/** A micro-batch on its way through the layers. */
interface Part {
  /** Its place in the batch. */
  readonly number: number;
  readonly packed: PackedBatch;
  readonly feeds: Feeds;
  /** The inputs of layers that are kept, and last the newest output: [tokens, width] each. */
  readonly states: Float32Array[];
}

/**
 * The blockwise plan: layer by layer, forward to the head and back. The weights of a micro-batch's rows in the loss are
 * known between the passes, so every objective costs the same. Weights that are not kept are read for several micro-batches
 * at a time.
 */
export function blockRunner(of: RunnerOptions): StepRunner {
  const { model, weights, adapter } = of;
  const { width } = model;
  const names = Array.from({ length: model.layers }, (_, i) => model.layerName(i));
  const { placeOf, ofLayer, ofHead, masks } = blockWeights(of);
  const head = buildHeadPlan(model, adapter !== null);
  const plans = new Map<string, LayerPlan>();
  const sessions = new Map<string, Promise<Session>>();
  const pool = new ArrayPool();
  const none: Feeds = new Map();
  const keyOf = (draw: number, part: number) => ({ seed: of.seed, draw, part });
  const session = (key: string, outputs: Outputs) => {
    const made = sessions.get(key) ?? createSession(outputs, of.sessions);
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

  const begin = (batch: CutBatch, from: number, to: number): Part[] =>
    Array.from({ length: to - from }, (_, i) => {
      const packed = batch.pack(from + i);
      const embedded = pool.take(packed.tokens * width);
      weights.rows(model.embedding, packed.ids, embedded);
      const feeds = batchFeeds(packed, of.rotary);
      return { number: from + i, packed, feeds, states: [embedded] };
    });
  /** [tokens, width], as a graph sees it. */
  const perToken = (values: Float32Array, { packed }: Part) => floats(values, packed.tokens, width);
  const feed = (part: Part, ...more: Feeds[]) =>
    new Map([
      ...part.feeds,
      ["x", perToken(part.states.at(-1)!, part)] as const,
      ...more.flatMap((feeds) => [...feeds]),
    ]);
  /** Runs a graph whose output `name` is [tokens, width], and returns all outputs and that one. */
  async function runPerToken(compiled: Session, feeds: Feeds, part: Part, name: string) {
    const values = pool.take(part.packed.tokens * width);
    const outputs = await compiled.run(feeds, new Map([[name, perToken(values, part)]]));
    return { outputs, values };
  }
  const addAll = (
    into: readonly Values[],
    trained: readonly string[],
    places: ReadonlyMap<string, number>,
    outputs: ReadonlyMap<string, Float32Array>,
  ) => {
    for (const name of trained) addTo(into[places.get(name)!]!, outputs.get(gradientName(name))!);
  };

  /** @param draw dropout's, where a backward pass follows; the layers' inputs are then kept */
  async function forward(parts: readonly Part[], draw: number | null): Promise<void> {
    for (const prefix of names) {
      const plan = planOf(prefix);
      const dropping = draw !== null && Boolean(adapter?.lora.dropout);
      const compiled = await (dropping
        ? session(`training forward ${plan.kind}`, plan.trainingForward)
        : session(`forward ${plan.kind}`, plan.forward));
      const { feeds } = ofLayer(prefix);
      for (const part of parts) {
        const dropped = draw === null ? none : masks(prefix, keyOf(draw, part.number), part.packed.tokens);
        const { values } = await runPerToken(compiled, feed(part, feeds, dropped), part, "y");
        if (draw === null) pool.give(part.states.pop()!);
        part.states.push(values);
      }
    }
  }

  const inBlocks = ({ packed }: Part) =>
    new Map(headFeeds(weights.read(model.head, model.head), width, packed, of.blockLogits));

  /** Log-probabilities from the last layer's output; with `slopes` also their derivatives by the head's input. */
  async function headForward(parts: readonly Part[], logProbs: Float64Array, slopes?: Float32Array[]) {
    const compiled = await (slopes ? session("head both", head.both) : session("head", head.forward));
    const { feeds } = ofHead();
    for (const part of parts) {
      const outputs = await compiled.run(feed(part, feeds, inBlocks(part)));
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
      const { outputs, values } = await runPerToken(
        compiled,
        feed(part, feeds, given),
        part,
        gradientName("x"),
      );
      upstream.push(values);
      if (head.backward) continue;
      gatherLogProbs(part.packed, outputs.get("logProbs")!, logProbs);
      addAll(into, head.trained, places, outputs);
      const gradient = into[placeOf.get(model.head)!]!;
      addTo(gradient, outputs.get("headGradient")!);
      addLabelRows(gradient, part.packed, outputs.get("targetHidden")!, slots, width);
    }
    return upstream;
  }

  async function backward(
    parts: readonly Part[],
    upstream: Float32Array[],
    into: readonly Values[],
    draw: number,
  ) {
    for (const prefix of names.toReversed()) {
      const plan = planOf(prefix);
      const compiled = await session(`backward ${plan.kind}`, plan.backward);
      const { feeds, places } = ofLayer(prefix);
      for (const [i, part] of parts.entries()) {
        const arrived = new Map([["upstream", perToken(upstream[i]!, part)]]);
        const dropped = masks(prefix, keyOf(draw, part.number), part.packed.tokens);
        const given = feed(part, feeds, arrived, dropped);
        const { outputs, values } = await runPerToken(compiled, given, part, gradientName("x"));
        pool.give(part.states.pop()!);
        pool.give(upstream[i]!);
        upstream[i] = values;
        addAll(into, plan.trained, places, outputs);
      }
    }
  }

  /** Micro-batches that go through the layers together, each time from their beginning to their end. */
  function* groups(batch: CutBatch, kept: number): Generator<Part[]> {
    const tokens = batch.tokens / batch.parts;
    const limit = weights.kept ? 1 : Math.floor(STREAMED_STATES / (tokens * width * kept));
    const together = Math.max(1, limit);
    for (let from = 0; from < batch.parts; from += together)
      yield begin(batch, from, Math.min(from + together, batch.parts));
  }

  return {
    async logProbs(batch) {
      const logProbs = new Float64Array(batch.responses);
      for (const parts of groups(batch, 2)) {
        await forward(parts, null);
        await headForward(parts, logProbs);
        for (const { states } of parts) pool.give(states.pop()!);
      }
      return logProbs;
    },
    async gradient(batch, weighing: Weighing, into, draw) {
      const logProbs = new Float64Array(batch.responses);
      for (const parts of groups(batch, model.layers + 2)) {
        await forward(parts, draw);
        const slopes: Float32Array[] = [];
        // A trained head goes forward and backward in one; what its factors depend on must be known before.
        if (head.backward) await headForward(parts, logProbs, slopes);
        else if (!weighing.known) await headForward(parts, logProbs);
        const rows = parts.flatMap(({ number }) => batch.rows(number));
        const weightOf = weighing.known ?? (await weighing.weights(logProbs, rows));
        const upstream = await headBackward(parts, weightOf, { slopes, logProbs, into });
        for (const { states } of parts) pool.give(states.pop()!);
        await backward(parts, upstream, into, draw);
        if (!adapter) {
          const gradient = into[placeOf.get(model.embedding)!]!;
          for (const [i, { packed }] of parts.entries())
            for (const [token, id] of packed.ids.entries())
              addRow(gradient, id, upstream[i]!, token, width, 1);
        }
        for (const values of upstream) pool.give(values);
      }
      return { logProbs, tokens: batch.tokens };
    },
    async dispose() {
      const open = [...sessions.values()];
      sessions.clear();
      for (const each of open) await (await each).dispose();
    },
  };
}
