import { studentQuantile } from "../evaluation/student.ts";
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
