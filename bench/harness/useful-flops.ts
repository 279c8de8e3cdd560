import type { Example } from "../../src/data/index.ts";
import type { Shape } from "./shapes.ts";

/**
 * FLOPs of a gradient with LoRA on query_key_value that the mathematics needs: 2 m n k for every matrix multiplication,
 * nothing for what is done per element, computed twice, or padding. Counted:
 *
 * - a prompt's tokens once (without its last one, which each response starts with), each response's tokens;
 * - attention by pairs that see each other, 2 d for the score and 2 d for the mixture, and twice that backward;
 * - of the last layer, only keys and values at tokens that predict nothing: what else it gives there nobody reads;
 * - the head at targets only, forward and ∂hidden, since it is frozen;
 * - backward of frozen layers: ∂input only; nothing below the first adapter, so of the first layer (whose MLP stands
 *   beside attention, on the same input) only what leads to its adapter; the adapters' own gradients.
 */
export function usefulFlops(shape: Shape, batch: readonly Example[]): { forward: number; backward: number } {
  const { width: d, layers, vocabulary, rank: r } = shape;
  let [tokens, targets, pairs, targetPairs] = [0, 0, 0, 0];
  for (const { prompt, responses } of batch) {
    const shared = prompt.length - 1;
    tokens += shared;
    pairs += triangle(shared);
    for (const { length } of responses) {
      tokens += length;
      targets += length;
      const seen = length * shared + triangle(length);
      pairs += seen;
      targetPairs += seen;
    }
  }

  // Multiply-adds per token. `everywhere`: keys, values and the adapter's A; `whereRead`: query, dense and MLP.
  const a = d * r;
  const everywhere = 2 * d * d + a + 2 * d * r;
  const whereRead = 10 * d * d + d * r;
  const head = targets * d * vocabulary;
  let [forward, backward] = [head, head];
  for (let layer = 0; layer < layers; layer++) {
    const [read, seen] = layer === layers - 1 ? [targets, targetPairs] : [tokens, pairs];
    const projections = tokens * everywhere + read * whereRead;
    const adapterGradients = tokens * (a + 2 * d * r) + read * d * r;
    forward += projections + seen * 2 * d;
    // Below the first adapter: through dense and B, but neither through the projections nor the MLP.
    const through = layer === 0 ? tokens * 2 * d * r + read * (d * d + d * r) : projections;
    backward += through + adapterGradients + seen * 4 * d;
  }
  return { forward: 2 * forward, backward: 2 * backward };
}

/** Pairs of `n` tokens each of which sees itself and those before it. */
const triangle = (n: number) => (n * (n + 1)) / 2;
