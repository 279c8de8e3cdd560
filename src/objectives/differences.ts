import { ObjectiveError } from "./objective.ts";

type Loss = (...logProbs: number[]) => number;

/** Small beside a log-probability's own scale, and within (−∞, 0) for one near 0; rounding stays near 1e-11. */
function stepAt(logProb: number): number {
  return Math.min(1e-3, Math.max(1e-6, Math.abs(logProb) / 8));
}

/** ∂loss/∂(log-probability) by central differences of fourth order. */
export function slopes(loss: Loss, at: readonly number[]): number[] {
  return at.map((logProb, i) => {
    const h = stepAt(logProb);
    const shifted = (by: number) => loss(...at.map((value, j) => (i === j ? value + by : value)));
    return (8 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12 * h);
  });
}

/** @throws ObjectiveError naming the row, where a loss that is finite has a derivative that is not */
export function checkFinite(loss: number, weights: readonly number[], where: string): void {
  const i = weights.findIndex((weight) => !Number.isFinite(weight));
  if (!Number.isFinite(loss) || i < 0) return;
  throw new ObjectiveError(
    `${where}: the loss is ${loss}, but its derivative by the log-probability of the ${responseName(i, weights.length)} is ${weights[i]}; the formula leaves its domain there`,
  );
}

function responseName(i: number, responses: number): string {
  return responses === 1 ? "response" : i === 0 ? "chosen response" : "rejected response";
}

/**
 * Compares the weights that an objective gave with differences of its loss. At a kink any slope between the two sides
 * will do.
 * @throws ObjectiveError naming the row, where they disagree
 */
export function checkWeights(loss: Loss, at: readonly number[], weights: readonly number[], where: string) {
  const here = loss(...at);
  // A loss that is not a number is reported as that.
  if (!Number.isFinite(here)) return;
  for (const [i, logProb] of at.entries()) {
    const h = stepAt(logProb);
    const shifted = (by: number) => loss(...at.map((value, j) => (i === j ? value + by : value)));
    const sides = [(shifted(h) - here) / h, (here - shifted(-h)) / h];
    const tolerance = 1e-3 * Math.max(1e-3, ...sides.map(Math.abs));
    const weight = weights[i]!;
    if (weight >= Math.min(...sides) - tolerance && weight <= Math.max(...sides) + tolerance) continue;
    throw new ObjectiveError(
      `${where}: the weight of the ${responseName(i, at.length)} is ${weight}, but the loss's derivative there is ${slopes(loss, at)[i]}; correct it, or return the loss alone`,
    );
  }
}
