import { sigmoid, softplus } from "../logistic.ts";
import { addGradient, type Features, logProbs } from "../models/softmax-policy.ts";

/** θ, as a typed or a plain array. */
export type Weights = Float64Array | readonly number[];

/** One preference row of a softmax policy: the prompt's responses with the chosen and the rejected one first. */
export interface PreferenceRow {
  /** [responses, dimensions]. */
  readonly features: Features;
  readonly reference: Weights;
  readonly beta: number;
}

/** A symmetric matrix, row by row. */
export type Matrix = number[][];

/** h_β by eq. (22): β (θ − θ_ref)ᵀ(φ_w − φ_l); the normalisers cancel. */
export function margin(theta: Weights, row: PreferenceRow): number {
  const difference = chosenLessRejected(row.features);
  return row.beta * difference.reduce((sum, value, d) => sum + (theta[d]! - row.reference[d]!) * value, 0);
}

export function dpoLoss(theta: Weights, row: PreferenceRow): number {
  return softplus(-margin(theta, row));
}

/** g_DPO by eq. (23): −β (1 − σ(h_β)) (φ_w − φ_l). */
export function dpoGradient(theta: Weights, row: PreferenceRow): number[] {
  const factor = -row.beta * sigmoid(-margin(theta, row));
  return chosenLessRejected(row.features).map((value) => factor * value);
}

/**
 * ∇g_DPO: β² σ(h)(1−σ(h)) (φ_w − φ_l)(φ_w − φ_l)ᵀ. Eq. (29) prints the factor as β² σ(h), without (1−σ(h)) (`printed`); either way no eigenvalue is
 * negative.
 */
export function dpoHessian(theta: Weights, row: PreferenceRow, printed = false): Matrix {
  const h = margin(theta, row);
  const factor = row.beta ** 2 * sigmoid(h) * (printed ? 1 : sigmoid(-h));
  const difference = chosenLessRejected(row.features);
  return difference.map((a) => difference.map((b) => factor * a * b));
}

/** f_SFT of a row whose response is the first one. */
export function sftLoss(theta: Weights, features: Features): number {
  return -logProbs(Float64Array.from(theta), features)[0]!;
}

/** g_SFT by eq. (27): −(φ_{y,x} − φ̄_x(θ)). */
export function sftGradient(theta: Weights, features: Features): number[] {
  const gradient = new Float64Array(theta.length);
  addGradient(features, logProbs(Float64Array.from(theta), features), [1], -1, gradient);
  return [...gradient];
}

/** ∇g_SFT by eq. (31): the covariance of φ_{y',x} under π_θ(·|x). */
export function sftHessian(theta: Weights, features: Features): Matrix {
  const p = logProbs(Float64Array.from(theta), features).map(Math.exp);
  const mean = [...theta].map((_, d) => features.reduce((sum, phi, y) => sum + p[y]! * phi[d]!, 0));
  return mean.map((meanA, a) =>
    mean.map((meanB, b) =>
      features.reduce((sum, phi, y) => sum + p[y]! * (phi[a]! - meanA) * (phi[b]! - meanB), 0),
    ),
  );
}

/** The smallest eigenvalue of a symmetric matrix, by Jacobi's rotations. */
export function smallestEigenvalue(matrix: readonly (readonly number[])[]): number {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  const scale = Math.max(...a.flat().map(Math.abs), Number.MIN_VALUE);
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        off = Math.max(off, Math.abs(a[p]![q]!));
        if (a[p]![q] === 0) continue;
        const angle = Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!) / 2;
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[k]![p]!, a[k]![q]!];
          a[k]![p] = c * x - s * y;
          a[k]![q] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[p]![k]!, a[q]![k]!];
          a[p]![k] = c * x - s * y;
          a[q]![k] = s * x + c * y;
        }
      }
    if (off <= 1e-15 * scale) break;
  }
  return Math.min(...a.map((row, i) => row[i]!));
}

function chosenLessRejected([chosen, rejected]: Features): number[] {
  return chosen!.map((value, d) => value - rejected![d]!);
}
