/**
 * An objective is a function of per-response log-probabilities alone: it gives the loss, and one weight per response
 * (∂loss/∂log-probability). The engine needs no new model graph for it.
 */
import type { MarginForm } from "./margin.ts";

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
  /** Each row's number in its data set, for messages. */
  readonly rowNumbers?: readonly number[];
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
  /** Mean log-probability per response, and the chosen one's mean change from the reference, where there is one. */
  readonly logProbs?: { chosen: number; rejected: number; chosenChange?: number };
}

/**
 * How the weights follow from the log-probabilities, for objectives whose weights the engine can compute within its
 * graph, so that one pass gives the gradient. Without a form, a forward pass comes first and `value` is asked.
 */
export type ObjectiveForm =
  /** The weights do not depend on the log-probabilities; `value` is asked for them beforehand. */
  { readonly kind: "linear" } | MarginForm;

export interface Objective {
  readonly name: string;
  /** The example shape it reads. */
  readonly shape: "sft" | "preference";
  readonly needsReference: boolean;
  readonly form?: ObjectiveForm;
  /** SHA-256 of its source, where it is not built in. */
  readonly sourceHash?: string;
  /** A promise where the objective is in another process. */
  value(part: ResponseLogProbs): ObjectiveValue | Promise<ObjectiveValue>;
}

/** An objective that is computed in this process. */
export interface LocalObjective extends Objective {
  value(part: ResponseLogProbs): ObjectiveValue;
}

/** Thrown for options or responses that an objective cannot compute with. */
export class ObjectiveError extends Error {
  override readonly name = "ObjectiveError";
}
