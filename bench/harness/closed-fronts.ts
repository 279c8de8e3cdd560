import type { LossPoint } from "../../src/evaluation/point.ts";
import { Random } from "../../src/index.ts";

export interface ClosedFront {
  /** Where a run with that λ ends; the same for the same seed. Null: without noise. */
  readonly of: (lambda: number, seed: number | null) => LossPoint;
  /** Its worst point: DPO's loss at λ = 0, SFT's at λ = 1. */
  readonly reference: LossPoint;
  /** Equal steps of λ are already as good as it gets. */
  readonly even?: true;
}

/** f_DPO = (x − 1)², f_SFT = a x²: the weighted sum has its minimum at x = λ / (λ + (1 − λ) a). */
function parabolas(a: number, noise: number): ClosedFront {
  return {
    of(lambda, seed) {
      const x = lambda / (lambda + (1 - lambda) * a);
      const random = seed === null ? null : new Random(seed, "front", Math.round(lambda * 1e6));
      const off = () => (random && noise > 0 ? noise * random.next() : 0);
      return { dpo: (x - 1) ** 2 + off(), sft: a * (x ** 2 + off()) };
    },
    reference: { dpo: 1 + noise, sft: a * (1 + noise) },
  };
}

/** All of the trade-off lies between λ = 0.3 and 0.5: x goes from 0 to 1 there, f_DPO = (x − 1)², f_SFT = x². */
function flatEnds(noise: number): ClosedFront {
  return {
    of(lambda, seed) {
      const x = Math.min(1, Math.max(0, (lambda - 0.3) / 0.2));
      const random = seed === null ? null : new Random(seed, "front", Math.round(lambda * 1e6));
      const off = () => (random ? noise * random.next() : 0);
      return { dpo: (x - 1) ** 2 + off(), sft: x ** 2 + off() };
    },
    reference: { dpo: 1 + noise, sft: 1 + noise },
  };
}

/** Fronts with a closed form, of the kinds that training leaves: even, of unlike scales, noisy, concave, with a sudden turn, with flat ends. */
export const closedFronts: Readonly<Record<string, ClosedFront>> = {
  "two parabolas, even": { ...parabolas(1, 0), even: true },
  "one objective ten times as steep": parabolas(10, 0),
  "a hundred times as steep": parabolas(100, 0),
  "ten times as steep, with noise": parabolas(10, 0.02),
  "a quarter circle, concave": {
    of: (lambda) => ({ dpo: Math.cos((lambda * Math.PI) / 2), sft: Math.sin((lambda * Math.PI) / 2) }),
    reference: { dpo: 1, sft: 1 },
  },
  "a turn at λ = 0.8": {
    of(lambda) {
      const x = 1 / (1 + Math.exp(-40 * (lambda - 0.8)));
      return { dpo: (1 - x) ** 2, sft: x ** 2 };
    },
    reference: { dpo: 1, sft: 1 },
  },
  "flat ends": flatEnds(0),
  "flat ends, with noise": flatEnds(0.04),
};
