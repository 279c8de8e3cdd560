import { type Inner, ofPair } from "./inner.ts";
import { apply, defineMethod, gradients } from "./method.ts";

/**
 * MGDA (Désidéri 2012; Sener and Koltun 2018, Algorithm 2): every step descends the shortest convex combination of both
 * gradients, γ g_DPO + (1 − γ) g_SFT. Where that is zero, the point is Pareto stationary. It has no λ.
 */
export const mgda = defineMethod("mgda", {}, function* () {
  while (true) {
    const { inner } = yield gradients("dpo", "sft");
    const gamma = shortestCombination(inner);
    yield apply({ dpo: gamma, sft: 1 - gamma });
  }
});

/**
 * γ of the shortest γ a + (1 − γ) b, in closed form: ⟨b − a, b⟩ / ‖a − b‖², cut to [0, 1] (Sener and Koltun 2018, eq. (4)).
 * @param inner [[⟨a, a⟩, ⟨a, b⟩], [⟨b, a⟩, ⟨b, b⟩]]
 */
export function shortestCombination(inner: Inner): number {
  const { aa, ab, bb } = ofPair(inner);
  const apart = aa - 2 * ab + bb;
  // Equal gradients: every combination is the same.
  if (apart <= 0) return 0.5;
  return Math.min(1, Math.max(0, (bb - ab) / apart));
}
