import type { Features } from "./softmax-policy.ts";

/**
 * The toy illustration of Figure 2 (Appendix D.1, Table 3): θ ∈ ℝ², one preference row (x₁, y_w, y_l) and one SFT row
 * (x₂, y), each prompt with two possible responses.
 */
export interface ToyPreset {
  /** φ(x₁, y_w), φ(x₁, y_l). */
  readonly preference: Features;
  /** φ(x₂, y), φ(x₂, y'). */
  readonly sft: Features;
  readonly start: readonly [number, number];
}

const start = [5, -9.9] as const;
const sft = [
  [1, 0.5],
  [0.5, 0.5],
];

/**
 * `as-printed` is Table 3 to the letter; in it both feature differences point the same way, so the objectives do not
 * conflict and none of the figure's oscillation appears. `conflict` has the minus signs that Table 2 has for the same
 * row, and shows every claim of the figure.
 */
export const toyPresets: Readonly<Record<string, ToyPreset>> = {
  conflict: {
    preference: [
      [-1, 1],
      [-0.5, 0.5],
    ],
    sft,
    start,
  },
  "as-printed": {
    preference: [
      [1, 1],
      [0.5, 0.5],
    ],
    sft,
    start,
  },
};
