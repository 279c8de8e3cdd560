import { type Objective, ObjectiveError, type StepMetrics } from "./objective.ts";

export interface DpoOptions {
  readonly loss?: "sigmoid";
  /** Strength of the pull towards the reference, > 0. */
  readonly beta?: number;
  /** Probability that a preference is the wrong way round, in [0, 0.5). */
  readonly labelSmoothing?: number;
}

/**
 * Direct preference optimisation (Rafailov et al. 2023, eq. 7): −log σ(βΔ), with Δ the log-probability margin of the
 * chosen over the rejected response, less the reference's. Label smoothing ε: (1 − ε) times that, plus −ε log σ(−βΔ).
 * Rewards are β times a response's change from the reference.
 */
export function dpo({ beta = 0.1, labelSmoothing = 0 }: DpoOptions = {}): Objective {
  if (!(beta > 0)) throw new ObjectiveError(`dpo: beta is ${beta}; expected a number above 0`);
  if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
    throw new ObjectiveError(`dpo: labelSmoothing is ${labelSmoothing}; expected a number in [0, 0.5)`);
  }
  return {
    name: "dpo",
    shape: "preference",
    needsReference: true,
    form: { kind: "sigmoid", beta, labelSmoothing },
    value({ logProbs, reference, responses, batch }) {
      if (!reference) throw new ObjectiveError("dpo: needs the reference's log-probabilities");
      if (responses !== 2)
        throw new ObjectiveError("dpo: needs a chosen and a rejected response in each row");
      const pairs = logProbs.length / 2;
      const weights = new Float64Array(logProbs.length);
      const sums = { chosen: 0, rejected: 0, correct: 0, logChosen: 0, logRejected: 0, change: 0 };
      let loss = 0;
      for (let i = 0; i < pairs; i++) {
        const [chosen, rejected] = [logProbs[2 * i]!, logProbs[2 * i + 1]!];
        const rewardChosen = beta * (chosen - reference[2 * i]!);
        const rewardRejected = beta * (rejected - reference[2 * i + 1]!);
        const margin = rewardChosen - rewardRejected;
        loss += ((1 - labelSmoothing) * softplus(-margin) + labelSmoothing * softplus(margin)) / batch.rows;
        const weight = (beta * (labelSmoothing - sigmoid(-margin))) / batch.rows;
        weights[2 * i] = weight;
        weights[2 * i + 1] = -weight;
        sums.chosen += rewardChosen;
        sums.rejected += rewardRejected;
        sums.correct += margin > 0 ? 1 : 0;
        sums.logChosen += chosen;
        sums.logRejected += rejected;
        sums.change += chosen - reference[2 * i]!;
      }
      const metrics: StepMetrics = {
        rewards: {
          chosen: sums.chosen / pairs,
          rejected: sums.rejected / pairs,
          margin: (sums.chosen - sums.rejected) / pairs,
          accuracy: sums.correct / pairs,
        },
        logProbs: {
          chosen: sums.logChosen / pairs,
          rejected: sums.logRejected / pairs,
          chosenChange: sums.change / pairs,
        },
      };
      return { loss, weights, metrics };
    },
  };
}

/** 1 / (1 + e^−x). */
function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** log(1 + e^x) = −log σ(−x), without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
