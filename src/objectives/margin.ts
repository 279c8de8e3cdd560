import { sigmoid, softplus } from "../logistic.ts";
import { preferenceMetrics } from "./metrics.ts";
import { type LocalObjective, ObjectiveError, type ResponseLogProbs } from "./objective.ts";

/**
 * A loss of the margin of two rewards. The reward of a response is `scale` times its log-probability, less the
 * reference's where there is one, and by its length with `perToken`. The loss of a pair is ℓ(x) with
 * x = offset − (reward of the chosen − reward of the rejected), ℓ one of three curves:
 * `logistic` (1 − ε) log(1 + e^x) + ε log(1 + e^−x) with label smoothing ε; `hinge` max(0, x); `square` x² · weight.
 * `nll` adds that weight times the negative log-probability of the chosen response (by its length with `perToken`).
 */
export interface MarginForm {
  readonly kind: "margin";
  /** The reference's log-probabilities are subtracted. */
  readonly reference: boolean;
  readonly scale: number;
  readonly perToken: boolean;
  readonly offset: number;
  readonly curve: Curve;
  readonly nll: { readonly weight: number; readonly perToken: boolean } | null;
}

type Curve =
  | { readonly kind: "logistic"; readonly labelSmoothing: number }
  | { readonly kind: "hinge" }
  | { readonly kind: "square"; readonly weight: number };

/** dℓ/dx = constant + linear · x + logistic · σ(x) + step · [x > 0]. */
export interface Slope {
  readonly constant: number;
  readonly linear: number;
  readonly logistic: number;
  readonly step: number;
}

export function slopeOf(curve: Curve): Slope {
  const none = { constant: 0, linear: 0, logistic: 0, step: 0 };
  switch (curve.kind) {
    case "logistic":
      return { ...none, constant: -curve.labelSmoothing, logistic: 1 };
    case "hinge":
      return { ...none, step: 1 };
    case "square":
      return { ...none, linear: 2 * curve.weight };
  }
}

function height(curve: Curve, x: number): number {
  switch (curve.kind) {
    case "logistic":
      return (1 - curve.labelSmoothing) * softplus(x) + curve.labelSmoothing * softplus(-x);
    case "hinge":
      return Math.max(0, x);
    case "square":
      return curve.weight * x * x;
  }
}

/** What a response's log-probability is multiplied by to give its reward. */
export function rewardScale({ scale, perToken }: MarginForm, length: number): number {
  return perToken ? scale / length : scale;
}

/** ∂(a row's loss)/∂(log-probability of the chosen response) by the form's `nll` alone. */
export function nllWeight({ nll }: MarginForm, length: number): number {
  return nll ? -nll.weight / (nll.perToken ? length : 1) : 0;
}

/** The objective of a form: mean over rows. */
export function marginObjective(name: string, form: MarginForm): LocalObjective {
  const { curve, offset } = form;
  const { constant, linear, logistic, step } = slopeOf(curve);
  return {
    name,
    shape: "preference",
    needsReference: form.reference,
    form,
    value(part) {
      const { logProbs, lengths, batch } = part;
      const reference = form.reference ? referenceOf(name, part) : null;
      if (part.responses !== 2)
        throw new ObjectiveError(`${name}: needs a chosen and a rejected response in each row`);
      const weights = new Float64Array(logProbs.length);
      const rewards = new Float64Array(logProbs.length);
      let loss = 0;
      for (let c = 0; c < logProbs.length; c += 2) {
        const r = c + 1; // the chosen response, and the rejected one
        const [scaleChosen, scaleRejected] = [rewardScale(form, lengths[c]!), rewardScale(form, lengths[r]!)];
        rewards[c] = scaleChosen * (logProbs[c]! - (reference?.[c] ?? 0));
        rewards[r] = scaleRejected * (logProbs[r]! - (reference?.[r] ?? 0));
        const x = offset - (rewards[c]! - rewards[r]!);
        const slope = constant + linear * x + logistic * sigmoid(x) + (x > 0 ? step : 0);
        const nll = nllWeight(form, lengths[c]!);
        loss += (height(curve, x) + nll * logProbs[c]!) / batch.rows;
        weights[c] = (nll - slope * scaleChosen) / batch.rows;
        weights[r] = (slope * scaleRejected) / batch.rows;
      }
      return { loss, weights, metrics: preferenceMetrics({ ...part, reference }, rewards) };
    },
  };
}

function referenceOf(name: string, { reference }: ResponseLogProbs): Float64Array {
  if (!reference) throw new ObjectiveError(`${name}: needs the reference's log-probabilities`);
  return reference;
}
