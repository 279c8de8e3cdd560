/**
 * An objective is a function of per-response log-probabilities alone: it gives the loss, and one weight per response
 * (∂loss/∂log-probability). The engine needs no new model graph for it.
 */

/** Sums of token log-probabilities, one per response; a row has `responses` of them, next to one another. */
export interface ResponseLogProbs {
  /** [rows × responses]: SFT one a row; preferences chosen, rejected. */
  readonly logProbs: Float64Array;
  /** Reference values in the same order, where the objective reads them. */
  readonly reference: Float64Array | null;
  /** Response tokens, in the same order. */
  readonly lengths: Int32Array;
  readonly responses: 1 | 2;
  /** Rows and response tokens of the whole batch, of which these may be a part (a micro-batch): the means divide by these. */
  readonly batch: { readonly rows: number; readonly tokens: number };
}

export interface ObjectiveValue {
  /** This part's share of the batch's loss: shares of micro-batches add up to the loss. */
  readonly loss: number;
  /** ∂(batch loss)/∂(log-probability), one per response. */
  readonly weights: Float64Array;
  readonly metrics?: StepMetrics;
}

export interface StepMetrics {
  readonly rewards?: { chosen: number; rejected: number; margin: number; accuracy: number };
  /** Mean log-probability per response, and the chosen one's mean change from the reference. */
  readonly logProbs?: { chosen: number; rejected: number; chosenChange: number };
}

/**
 * How the weights follow from the log-probabilities, for objectives whose weights the engine can compute within its
 * graph, so that one pass gives the gradient. Without a form, a forward pass comes first and `value` is asked.
 */
export type ObjectiveForm =
  /** The weights do not depend on the log-probabilities; `value` is asked for them beforehand. */
  | { readonly kind: "linear" }
  /** ±β (σ(−βΔ) − ε) / rows, with Δ the margin of chosen over rejected, less the reference's. */
  | { readonly kind: "sigmoid"; readonly beta: number; readonly labelSmoothing: number };

export interface Objective {
  readonly name: string;
  /** The example shape it reads. */
  readonly shape: "sft" | "preference";
  readonly needsReference: boolean;
  readonly form?: ObjectiveForm;
  value(part: ResponseLogProbs): ObjectiveValue;
}

/** Thrown for options or responses that an objective cannot compute with. */
export class ObjectiveError extends Error {
  override readonly name = "ObjectiveError";
}
