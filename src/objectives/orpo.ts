import { log1mExp, sigmoid, softplus } from "../logistic.ts";
import { defineObjective } from "./define.ts";
import type { ObjectiveDefinition } from "./definition.ts";

/** float32 does not tell a larger probability from 1, whose odds are infinite. */
const CERTAIN = -(2 ** -24);

/** log(p / (1 − p)) and its derivative by log p, for p the geometric mean of the response's token probabilities. */
function logOdds(meanLogProb: number): { value: number; slope: number } {
  const a = Math.min(meanLogProb, CERTAIN);
  return { value: a - log1mExp(a), slope: -1 / Math.expm1(a) };
}

const definition = defineObjective(
  "orpo",
  {
    oddsWeight: {
      type: "number",
      default: 0.1,
      minimum: 0,
      help: "weight of the odds-ratio term, the paper's λ",
    },
  },
  ({ chosen, rejected }, { oddsWeight }) => {
    const likelihood = chosen.logProb / chosen.length;
    const better = logOdds(likelihood);
    const worse = logOdds(rejected.logProb / rejected.length);
    const ratio = better.value - worse.value;
    const slope = oddsWeight * sigmoid(-ratio);
    return {
      loss: oddsWeight * softplus(-ratio) - likelihood,
      weights: [(-slope * better.slope - 1) / chosen.length, (slope * worse.slope) / rejected.length],
      rewards: [better.value, worse.value],
    };
  },
  { needsReference: false },
);

/**
 * −1/|y_w| log π(y_w) − λ log σ(log(odds(y_w) / odds(y_l))), odds(y) = p/(1 − p) with log p = log π(y) / |y| (Hong et al.
 * 2024, "ORPO: Monolithic Preference Optimization without Reference Model", eq. 6 and 7; λ = 0.1 as for its Mistral
 * models). No reference; rewards are log-odds. Its weights are no function of a margin, so that the engine runs forward first.
 */
export const orpo: ObjectiveDefinition<(typeof definition)["options"]> = { ...definition, source: null };
