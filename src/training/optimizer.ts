import type { Specification } from "../runs/specification.ts";
import type { Parameter, Values } from "../tensor/parameter.ts";

export type OptimizerOptions = Specification["optimizer"];

/** Updates parameters in place from gradients; `state` is what a checkpoint must keep beside `count`. */
export interface Optimizer {
  /** Updates made so far. */
  count: number;
  /** Moments, in the parameters' order; empty for SGD. */
  readonly state: readonly Values[];
  /** One update of every parameter by its gradient. */
  update(gradients: readonly Values[], learningRate: number): void;
}

/** A fresh optimiser for `parameters`, with the specification's name and options. */
export function createOptimizer(options: OptimizerOptions, parameters: readonly Parameter[]): Optimizer {
  return options.name === "adam" ? adam(parameters, options) : sgd(parameters, options);
}

/** Gradient descent; weight decay is added to the gradient. */
export function sgd(
  parameters: readonly Parameter[],
  { weightDecay = 0 }: { weightDecay?: number } = {},
): Optimizer {
  return {
    count: 0,
    state: [],
    update(gradients, learningRate) {
      this.count++;
      for (const [p, { data }] of parameters.entries()) {
        const gradient = gradients[p]!;
        for (let i = 0; i < data.length; i++)
          data[i]! -= learningRate * (gradient[i]! + weightDecay * data[i]!);
      }
    },
  };
}

/** Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019). */
export function adam(
  parameters: readonly Parameter[],
  options: { betas?: readonly [number, number]; epsilon?: number; weightDecay?: number } = {},
): Optimizer {
  const { betas = [0.9, 0.95], epsilon = 1e-8, weightDecay = 0 } = options;
  const [beta1, beta2] = betas;
  const first = parameters.map(({ data }) => zerosLike(data));
  const second = parameters.map(({ data }) => zerosLike(data));
  return {
    count: 0,
    state: [...first, ...second],
    update(gradients, learningRate) {
      this.count++;
      const scale = Math.sqrt(1 - beta2 ** this.count);
      const rate = learningRate / (1 - beta1 ** this.count);
      const decay = 1 - learningRate * weightDecay;
      for (let p = 0; p < parameters.length; p++)
        adamUpdate(
          parameters[p]!.data,
          gradients[p]!,
          first[p]!,
          second[p]!,
          beta1,
          beta2,
          rate,
          scale,
          epsilon,
          decay,
        );
    },
  };
}

// A function of its own, so that the engine sees one kind of array in each call's loop.
function adamUpdate(
  data: Values,
  gradient: Values,
  m: Values,
  v: Values,
  beta1: number,
  beta2: number,
  rate: number,
  scale: number,
  epsilon: number,
  decay: number,
): void {
  for (let i = 0; i < data.length; i++) {
    const g = gradient[i]!;
    const m1 = (m[i] = beta1 * m[i]! + (1 - beta1) * g);
    const v1 = (v[i] = beta2 * v[i]! + (1 - beta2) * g * g);
    data[i] = data[i]! * decay - (rate * m1) / (Math.sqrt(v1) / scale + epsilon);
  }
}

/** The Euclidean norm of all gradients together. */
export function globalNorm(gradients: readonly Values[]): number {
  let sum = 0;
  for (const gradient of gradients) sum += dot(gradient, gradient);
  return Math.sqrt(sum);
}

/** Scales gradients in place so that their global norm is at most `largest`. */
export function clipToNorm(gradients: readonly Values[], norm: number, largest: number | null): void {
  if (largest === null || norm <= largest) return;
  const scale = largest / norm;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) gradient[i]! *= scale;
}

/** The learning rate of step `step` (from 1) of `steps`: a linear warm-up, then the schedule's way to 0. */
export function scheduledLearningRate(options: OptimizerOptions, step: number, steps: number): number {
  const { learningRate, schedule, warmup } = options;
  if (step <= warmup) return (learningRate * step) / warmup;
  if (schedule === "constant") return learningRate;
  const progress = Math.min(1, (step - 1 - warmup) / Math.max(1, steps - warmup));
  return learningRate * (schedule === "linear" ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2);
}

/** ⟨a, b⟩ in double precision. */
export function dot(a: Values, b: Values): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export function zerosLike(values: Values): Values {
  return values instanceof Float64Array ? new Float64Array(values.length) : new Float32Array(values.length);
}
