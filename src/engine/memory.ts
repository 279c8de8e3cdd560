import { freemem } from "node:os";
import { memoryLimit, shownBytes } from "../machine-share.ts";
import { type LanguageModel, loraLayers } from "../models/index.ts";
import { EngineError } from "./errors.ts";
import type { LoraOptions, Plan } from "./learner.ts";
import { TOKEN_BUDGET } from "./packing.ts";
import { STREAMED_STATES } from "./weight-store.ts";

/** What a run's memory depends on. */
export interface MemoryNeeds {
  readonly model: LanguageModel;
  readonly lora: LoraOptions | null;
  /** Tokens of the longest row, and of a whole batch. */
  readonly longest: number;
  readonly batchTokens: number;
  /** What the run may use, in bytes; null: what is free. */
  readonly memory: number | null;
}

export interface MemoryPlan {
  readonly plan: Plan;
  /** Whether the weights stay in memory; otherwise they are read from their files layer by layer. */
  readonly kept: boolean;
  /** Estimated peak of the trainer process, in bytes, and what it may use. */
  readonly bytes: number;
  readonly available: number;
  /** In a few words. */
  readonly how: string;
  /** One sentence for a person. */
  readonly reason: string;
}

/** Node with onnxruntime, its thread pool and its sessions, without a model: measured 61 MB at the start, 150 with sessions. */
const RUNTIME = 150 * 2 ** 20;
/** Share of the free memory that a run takes without being told: other programs want some, too. */
const SHARE = 0.8;

/** Bytes that this process could still take: of the machine, or of the container that it runs in. */
export function freeMemory(): number {
  // process.availableMemory came with Node 20.13 and minds a container's limit.
  const { availableMemory } = process as { availableMemory?: () => number };
  return availableMemory?.() ?? freemem();
}

/** Estimated peak memory of a model that generates, in bytes: onnxruntime copies the weights, and then the first ones can go. */
export function memoryToGenerate(model: LanguageModel): number {
  let all = 0;
  for (const shape of model.shapes.values()) all += shape.reduce((product, n) => product * n, 1);
  return 2 * 4 * all + RUNTIME;
}

/** @throws EngineError where something would take more than `ALRIGHT_MEMORY` allows @param what that would, as a sentence's beginning */
export function checkMemoryLimit(bytes: number, what: string, mend: string): void {
  const limit = memoryLimit();
  if (limit === null || bytes <= limit) return;
  throw new EngineError(
    `${what} would take about ${shownBytes(bytes)} of memory, and ALRIGHT_MEMORY allows ${shownBytes(limit)}; ${mend}`,
  );
}

/** Estimated peak memory of each way to train, in bytes, the fastest first. */
export function memoryOfPlans({ model, lora, longest, batchTokens }: Omit<MemoryNeeds, "memory">) {
  const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
  const prefixes = Array.from({ length: model.layers }, (_, i) => `${model.layerName(i)}.`);
  let all = 0;
  const layers = new Float64Array(model.layers);
  for (const [name, shape] of model.shapes) {
    all += size(shape);
    const layer = prefixes.findIndex((prefix) => name.startsWith(prefix));
    if (layer >= 0) layers[layer]! += size(shape);
  }
  const adapted = lora ? loraLayers(model, lora) : [];
  const adapter = adapted.reduce((sum, { inputs, outputs }) => sum + lora!.rank * (inputs + outputs), 0);
  // Values, gradients and Adam's two moments of what is trained.
  const trained = lora ? 4 * adapter : 3 * all;

  const tokens = Math.max(longest, Math.min(TOKEN_BUDGET, batchTokens));
  const activations = tokens * activationsPerToken(model);
  // Attention goes head by head: scores, probabilities and their gradients of one.
  const attention = 3 * tokens * longest;
  const perToken = model.width * (model.layers + 2);
  const states = tokens * perToken;
  const streamedStates = Math.max(states, Math.min(batchTokens * perToken, STREAMED_STATES));
  const head = size(model.shapes.get(model.head)!);
  const largest = layers.reduce((a, b) => Math.max(a, b), 0);
  // A trained head's gradient is an array of its own on the way.
  const heads = 4 * 2 ** 21 + 2 * tokens * model.width + (lora ? 0 : 2 * head);
  const floats = {
    whole: all + trained + model.layers * activations + attention + heads,
    blockwise: all + trained + 2 * activations + attention + states + heads,
    streamed: head + largest + trained + 2 * activations + attention + streamedStates + heads,
  };
  const bytes = (count: number) => Math.ceil(4 * count + RUNTIME);
  return { whole: bytes(floats.whole), blockwise: bytes(floats.blockwise), streamed: bytes(floats.streamed) };
}

/** Numbers that one layer keeps per token for its backward pass: inputs and outputs of linear layers, norms. */
function activationsPerToken(model: LanguageModel): number {
  const first = `${model.layerName(0)}.`;
  let numbers = 6 * model.width;
  for (const module of model.linearLayers) {
    if (!module.startsWith(first)) continue;
    const [outputs, inputs] = model.shapes.get(`${module}.weight`)!;
    numbers += inputs! + outputs!;
  }
  return numbers;
}

/** The fastest way to train that fits; the leanest, with a word of warning, where none does. */
export function planMemory(needs: MemoryNeeds): MemoryPlan {
  const estimates = memoryOfPlans(needs);
  const asked = needs.memory ?? SHARE * freeMemory();
  const limit = memoryLimit() ?? Number.POSITIVE_INFINITY;
  const available = Math.min(asked, limit);
  const granted = needs.memory === null ? "of free memory" : "that it may use";
  const told = limit < asked ? "that ALRIGHT_MEMORY allows" : granted;
  const ways = [
    { plan: "whole", kept: true, bytes: estimates.whole, how: "one graph for the whole step" },
    { plan: "blockwise", kept: true, bytes: estimates.blockwise, how: "layer by layer, weights in memory" },
    ...(needs.lora
      ? [
          {
            plan: "blockwise",
            kept: false,
            bytes: estimates.streamed,
            how: "layer by layer, weights read from their files",
          } as const,
        ]
      : []),
  ] as const;
  const fitting = ways.find(({ bytes }) => bytes <= available);
  const { plan, kept, bytes, how } = fitting ?? ways.reduce((a, b) => (b.bytes < a.bytes ? b : a));
  const faster =
    ways[0].bytes > available && fitting ? `; in one graph it would take ${shownBytes(ways[0].bytes)}` : "";
  const reason = fitting
    ? `${how}: about ${shownBytes(bytes)} of the ${shownBytes(available)} ${told}${faster}`
    : `${how}, the leanest way: about ${shownBytes(bytes)}, but there are only ${shownBytes(available)} ${told}`;
  return { plan, kept, bytes, available, how, reason };
}
