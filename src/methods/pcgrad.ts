import { lambda } from "../runs/options.ts";
import { type Inner, ofPair } from "./inner.ts";
import { apply, defineMethod, gradients } from "./method.ts";

/**
 * PCGrad (Yu et al. 2020, Algorithm 1) on the tasks λ f_DPO and (1 − λ) f_SFT: where their gradients conflict, each loses
 * its part along the other one before they are added. λ = 0.5 is half the published sum. With two tasks, the order in
 * which the paper projects does not matter.
 */
export const pcgrad = defineMethod("pcgrad", { lambda }, function* (options) {
  while (true) {
    const { inner } = yield gradients("dpo", "sft");
    const [dpo, sft] = projectedWeights(inner, options.lambda);
    yield apply({ dpo, sft });
  }
});

/**
 * Weights of a and b in the sum of w a and (1 − w) b, each projected onto the other's normal plane where they conflict:
 * w a − (⟨w a, b⟩ / ‖b‖²) b, and (1 − w) b − (⟨(1 − w) b, a⟩ / ‖a‖²) a.
 */
export function projectedWeights(inner: Inner, weight: number): [number, number] {
  const { aa, ab, bb } = ofPair(inner);
  // A negative product has two factors that are not zero.
  if (ab >= 0) return [weight, 1 - weight];
  return [weight - ((1 - weight) * ab) / aa, 1 - weight - (weight * ab) / bb];
}
