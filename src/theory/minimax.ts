import { sigmoid, softplus } from "../logistic.ts";
import { TheoryError } from "./error.ts";

type Plane = readonly [number, number];

/** Two losses on a disc of weights: f_i(θ) = log(1 + e^{s_i − d_iᵀθ}), ‖θ‖ ≤ radius, as the toy of Figure 2 has them under its Π_Θ. */
export interface DiscProblem {
  /** d of DPO, φ_w − φ_l at β = 1, and s = d·θ_ref. */
  readonly dpo: { readonly direction: Plane; readonly shift: number };
  /** d of SFT, φ_y − φ_y', and s (0). */
  readonly sft: { readonly direction: Plane; readonly shift: number };
  readonly radius: number;
}

type LossPair = { readonly dpo: number; readonly sft: number };

/**
 * MAXRIGHT's problem (15), min over the disc of max(λ(f_DPO − f*_DPO), (1−λ)(f_SFT − f*_SFT)), with its solution. Each loss falls along its own
 * direction alone, so the Pareto set is the arc of the circle between the two directions; along it one gap grows and the other
 * shrinks, and the solution is where the weighted gaps are equal.
 */
export class DiscMinimax {
  readonly problem: DiscProblem;
  /** f* of each objective: its own direction's point of the circle. */
  readonly ideal: LossPair;
  readonly #from: number;
  readonly #turn: number;

  /** @throws TheoryError where a direction is zero, or the two are parallel, which leaves no arc or no single one */
  constructor(problem: DiscProblem) {
    const angle = ([x, y]: Plane) => Math.atan2(y, x);
    const turn = angle(problem.dpo.direction) - angle(problem.sft.direction);
    this.#from = angle(problem.sft.direction);
    this.#turn = Math.atan2(Math.sin(turn), Math.cos(turn));
    const parallel = Math.abs(Math.sin(turn)) < 1e-12;
    if (!(problem.radius > 0) || parallel || norm(problem.dpo.direction) * norm(problem.sft.direction) === 0)
      throw new TheoryError(
        `the disc needs a positive radius and two directions that are not parallel; got radius ${problem.radius}, ` +
          `DPO (${problem.dpo.direction}) and SFT (${problem.sft.direction})`,
      );
    this.problem = problem;
    this.ideal = { dpo: this.losses(this.arc(1)).dpo, sft: this.losses(this.arc(0)).sft };
  }

  losses(theta: Plane): LossPair {
    const value = ({ direction, shift }: DiscProblem["dpo"]) => softplus(shift - dot(direction, theta));
    return { dpo: value(this.problem.dpo), sft: value(this.problem.sft) };
  }

  gradient(objective: keyof LossPair, theta: Plane): Plane {
    const { direction, shift } = this.problem[objective];
    const factor = -sigmoid(shift - dot(direction, theta));
    return [factor * direction[0], factor * direction[1]];
  }

  /** A Pareto optimal θ: from SFT's optimum (0) to DPO's (1) along the circle. */
  arc(share: number): Plane {
    const angle = this.#from + share * this.#turn;
    return [this.problem.radius * Math.cos(angle), this.problem.radius * Math.sin(angle)];
  }

  /** max(λ(f_DPO − f*_DPO), (1−λ)(f_SFT − f*_SFT)). */
  worst(theta: Plane, lambda: number): number {
    const { dpo, sft } = this.losses(theta);
    return Math.max(lambda * (dpo - this.ideal.dpo), (1 - lambda) * (sft - this.ideal.sft));
  }

  /** The solution of (15) for 0 < λ < 1. */
  solution(lambda: number): { theta: Plane; value: number } {
    const theta = this.arc(
      crossing((share) => {
        const { dpo, sft } = this.losses(this.arc(share));
        return (1 - lambda) * (sft - this.ideal.sft) - lambda * (dpo - this.ideal.dpo);
      }),
    );
    return { theta, value: this.worst(theta, lambda) };
  }

  /** By how much both losses of θ could fall at once: at most 0 (to rounding) where θ is Pareto optimal. */
  dominatedBy(theta: Plane): number {
    const here = this.losses(theta);
    const better = (share: number) => {
      const { dpo, sft } = this.losses(this.arc(share));
      return { dpo: here.dpo - dpo, sft: here.sft - sft };
    };
    const { dpo, sft } = better(crossing((share) => better(share).dpo - better(share).sft));
    return Math.min(dpo, sft);
  }

  /**
   * MAXRIGHT (Algorithm 3) on it with α_t = α₀/√t and Π_Θ, from `start`: θ_T.
   * @param steps T: T − 1 steps are taken
   */
  maxright(lambda: number, steps: number, alpha0: number, start: Plane): Plane {
    let [x, y] = start;
    for (let t = 1; t < steps; t++) {
      const { dpo, sft } = this.losses([x, y]);
      const objective =
        lambda * (dpo - this.ideal.dpo) >= (1 - lambda) * (sft - this.ideal.sft) ? "dpo" : "sft";
      const [gx, gy] = this.gradient(objective, [x, y]);
      const alpha = alpha0 / Math.sqrt(t);
      x -= alpha * gx;
      y -= alpha * gy;
      const outside = Math.hypot(x, y) / this.problem.radius;
      if (outside > 1) {
        x /= outside;
        y /= outside;
      }
    }
    return [x, y];
  }
}

/** Where an increasing function on [0, 1] crosses 0 (an end, where it does not). */
function crossing(f: (share: number) => number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function dot(a: Plane, b: Plane): number {
  return a[0] * b[0] + a[1] * b[1];
}

function norm([x, y]: Plane): number {
  return Math.hypot(x, y);
}
