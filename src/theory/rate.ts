import { TheoryError } from "./error.ts";

/** A power law y = e^intercept · x^exponent, fitted on logarithms, with a confidence band. */
export interface PowerLaw {
  readonly exponent: number;
  readonly intercept: number;
  /** The exponent's interval at the asked confidence. */
  readonly interval: readonly [number, number];
  /** The fitted value at x, and the band of the fitted line there. */
  at(x: number): { readonly value: number; readonly low: number; readonly high: number };
}

/**
 * Least squares of log y on log x, with Student's t for slope and line (Draper and Smith, ch. 1).
 * @param confidence of the intervals, between 0 and 1
 * @throws TheoryError for fewer than three points, or one that has no logarithm
 */
export function fitPowerLaw(x: readonly number[], y: readonly number[], confidence = 0.95): PowerLaw {
  const n = x.length;
  if (n < 3 || y.length !== n)
    throw new TheoryError(`a rate needs at least 3 points; got ${n} of x and ${y.length} of y`);
  const bad = [...x, ...y].find((value) => !(value > 0 && Number.isFinite(value)));
  if (bad !== undefined) throw new TheoryError(`a rate is fitted on logarithms, which ${bad} has none of`);
  const u = x.map(Math.log);
  const v = y.map(Math.log);
  const meanU = u.reduce((a, b) => a + b) / n;
  const meanV = v.reduce((a, b) => a + b) / n;
  const squares = u.reduce((sum, value) => sum + (value - meanU) ** 2, 0);
  const exponent = u.reduce((sum, value, i) => sum + (value - meanU) * (v[i]! - meanV), 0) / squares;
  const intercept = meanV - exponent * meanU;
  const residuals = u.reduce((sum, value, i) => sum + (v[i]! - intercept - exponent * value) ** 2, 0);
  const variance = residuals / (n - 2);
  const t = studentQuantile((1 + confidence) / 2, n - 2);
  const half = t * Math.sqrt(variance / squares);
  return {
    exponent,
    intercept,
    interval: [exponent - half, exponent + half],
    at(value) {
      const at = intercept + exponent * Math.log(value);
      const width = t * Math.sqrt(variance * (1 / n + (Math.log(value) - meanU) ** 2 / squares));
      return { value: Math.exp(at), low: Math.exp(at - width), high: Math.exp(at + width) };
    },
  };
}

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

/** The t with P(X ≤ t) = probability. */
export function studentQuantile(probability: number, degrees: number): number {
  if (!(probability > 0 && probability < 1) || !Number.isInteger(degrees) || degrees < 1)
    throw new TheoryError(
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
