/**
 * Weights of pairs of responses that depend on the log-probabilities themselves, computed inside the graph: what the
 * graph does, and what it is fed. The losses are those of a margin (src/objectives/margin.ts).
 */
import {
  type MarginForm,
  nllWeight,
  type ResponseLogProbs,
  rewardScale,
  slopeOf,
} from "../objectives/index.ts";
import {
  add,
  input,
  multiply,
  positive,
  reshape,
  scale,
  sigmoid,
  subtract,
  sum,
  type Tensor,
} from "../tensor/index.ts";
import type { PackedBatch } from "./packing.ts";
import type { Feed } from "./session.ts";

/** The pairs of a batch, as an objective's form weighs them. */
export interface Pairs {
  readonly form: MarginForm;
  readonly part: Omit<ResponseLogProbs, "logProbs">;
  /** The caller's scale over the batch's rows. */
  readonly strength: number;
}

/**
 * ∂loss/∂(target log-probability) [chunks, chunk]: factors given beforehand, plus those of pairs. A pair's margin of
 * rewards is Σ margins · logProbs, less the reference's, so that x = offsets − Σ margins · logProbs (`offsets` has the
 * reference in it), and the loss's derivative is −ℓ′(x) · margins.
 */
export function targetFactors(logProbs: Tensor): Tensor {
  const factors = input("factors", ["chunks", "chunk"]);
  const margins = input("margins", ["pairs", "chunks", "chunk"]);
  const offsets = reshape(input("offsets", ["pairs"]), ["pairs", 1, 1]);
  const x = subtract(offsets, sum(multiply(margins, logProbs), [1, 2], true)); // [pairs, 1, 1]
  const curved = add(
    multiply(input("slopeLogistic", []), sigmoid(x)),
    multiply(input("slopeStep", []), positive(x)),
  );
  const straight = add(input("slopeConstant", []), multiply(input("slopeLinear", []), x));
  const factor = scale(multiply(add(straight, curved), input("strength", [])), -1);
  return add(factors, sum(multiply(margins, factor), [0]));
}

/** Without pairs, one that has no targets is given. */
export function pairFeeds(packed: PackedBatch, pairs: Pairs | null): Map<string, Feed> {
  const { chunks, chunk, rows } = packed;
  const size = chunks * chunk;
  const count = pairs ? rows : 1;
  const margins = new Float32Array(count * size);
  const offsets = new Float32Array(count);
  if (pairs) {
    const { form, part } = pairs;
    offsets.fill(form.offset);
    for (const [i, { response, start, end }] of packed.responses.entries()) {
      const row = i >> 1;
      const factor = (i % 2 === 0 ? 1 : -1) * rewardScale(form, part.lengths[response]!);
      margins.fill(factor, row * size + start, row * size + end);
      if (form.reference) offsets[row]! += factor * part.reference![response]!;
    }
  }
  const slope = slopeOf(pairs?.form.curve ?? { kind: "hinge" });
  const scalar = (value: number): Feed => ({ type: "float32", data: Float32Array.of(value), shape: [] });
  return new Map<string, Feed>([
    ["margins", { type: "float32", data: margins, shape: [count, chunks, chunk] }],
    ["offsets", { type: "float32", data: offsets, shape: [count] }],
    ["slopeConstant", scalar(slope.constant)],
    ["slopeLinear", scalar(slope.linear)],
    ["slopeLogistic", scalar(slope.logistic)],
    ["slopeStep", scalar(slope.step)],
    ["strength", scalar(pairs?.strength ?? 0)],
  ]);
}

/** The weights that do not depend on log-probabilities: those of a form's `nll`, one per response; null without any. */
export function linearWeights(form: MarginForm, { lengths, batch }: Pairs["part"]): Float64Array | null {
  if (!form.nll) return null;
  return Float64Array.from(lengths, (length, i) => (i % 2 === 0 ? nllWeight(form, length) / batch.rows : 0));
}
