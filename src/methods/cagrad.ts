import { lambda, type OptionEntry } from "../runs/options.ts";
import { type Inner, ofPair } from "./inner.ts";
import { apply, defineMethod, gradients } from "./method.ts";

const c = {
  type: "number",
  default: 0.5,
  minimum: 0,
  below: 1,
  help: "how far from the weighted gradient the step may turn, as a share of its norm (0: Mix)",
} as const satisfies OptionEntry<number>;

/**
 * CAGrad (Liu et al. 2021, Algorithm 1): of all directions within c ‖g₀‖ of g₀ = λ g_DPO + (1 − λ) g_SFT, the one that
 * lowers the objective it helps least the most. The paper's g₀ is the mean, λ = 0.5; converges where g₀'s objective does.
 */
export const cagrad = defineMethod("cagrad", { lambda, c }, function* (options) {
  while (true) {
    const { inner } = yield gradients("dpo", "sft");
    const [dpo, sft] = conflictAverseWeights(inner, options.lambda, options.c);
    yield apply({ dpo, sft });
  }
});

/** Weights of a and b in d* = g₀ + (√φ / ‖g_w‖) g_w, where g₀ = weight·a + (1 − weight)·b and φ = c² ‖g₀‖². */
export function conflictAverseWeights(inner: Inner, weight: number, c: number): [number, number] {
  const norm0 = Math.sqrt(squaredNorm(inner, weight));
  const w = dualWeight(inner, weight, c);
  const normW = Math.sqrt(squaredNorm(inner, w));
  // g_w is zero only where g₀ is, too.
  const turn = normW === 0 ? 0 : (c * norm0) / normW;
  return [weight + turn * w, 1 - weight + turn * (1 - w)];
}

/**
 * The dual's minimum over w ∈ [0, 1]: F(w) = ⟨g_w, g₀⟩ + √φ ‖g_w‖ with g_w = w a + (1 − w) b (Liu et al. 2021, eq. (5)). F is
 * convex in this one number, and its derivative's root has a closed form: with u = P w + Q, P = ‖a − b‖²,
 * Q = ⟨a − b, b⟩, m = ⟨b − a, g₀⟩ and D = ‖a‖²‖b‖² − ⟨a, b⟩², it is u² = m² D / (P φ − m²), u of m's sign.
 */
export function dualWeight(inner: Inner, weight: number, c: number): number {
  const { aa, ab, bb } = ofPair(inner);
  const p = aa - 2 * ab + bb;
  if (p <= 0) return 0.5;
  const q = ab - bb;
  const m = weight * (ab - aa) + (1 - weight) * (bb - ab);
  const d = Math.max(0, aa * bb - ab * ab);
  const room = p * c * c * squaredNorm(inner, weight) - m * m;
  // The derivative keeps its sign: the minimum is at an end.
  if (room <= 0) return m > 0 ? 1 : m < 0 ? 0 : 0.5;
  const u = Math.sign(m) * Math.sqrt((m * m * d) / room);
  return Math.min(1, Math.max(0, (u - q) / p));
}

/** ‖w a + (1 − w) b‖². */
function squaredNorm(inner: Inner, w: number): number {
  const { aa, ab, bb } = ofPair(inner);
  return Math.max(0, w * w * aa + 2 * w * (1 - w) * ab + (1 - w) * (1 - w) * bb);
}
