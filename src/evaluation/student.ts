import { EvaluationError } from "./error.ts";

/** P(X ≤ t) of Student's t with a whole number of degrees of freedom, as finite sums (Abramowitz and Stegun 26.7.3, 26.7.4). */
export function studentCdf(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(angle) ** 2;
  const odd = degrees % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= ((k - 1) / k) * cosine;
    sum += term;
  }
  const inside = odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return (1 + inside) / 2;
}

/** The t with P(X ≤ t) = probability. @throws EvaluationError for a probability or degrees of freedom that there are not */
export function studentQuantile(probability: number, degrees: number): number {
  if (!(probability > 0 && probability < 1) || !Number.isInteger(degrees) || degrees < 1)
    throw new EvaluationError(
      `Student's t: the probability is ${probability} and has to lie between 0 and 1, the degrees of freedom are ${degrees} and have to be a whole number from 1`,
    );
  let [low, high] = [-1, 1];
  while (studentCdf(low, degrees) > probability) low *= 2;
  while (studentCdf(high, degrees) < probability) high *= 2;
  for (let i = 0; i < 200 && high - low > 0; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentCdf(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
