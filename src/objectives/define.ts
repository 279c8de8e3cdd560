import type { OptionTable, OptionValues } from "../runs/options.ts";
import type { ObjectiveDefinition } from "./definition.ts";
import { checkFinite, checkWeights, slopes } from "./differences.ts";
import { preferenceMetrics } from "./metrics.ts";
import { type LocalObjective, ObjectiveError, type ResponseLogProbs } from "./objective.ts";

/** What an objective is told of one response. */
export interface ResponseInput {
  /** Sum of its tokens' log-probabilities. */
  readonly logProb: number;
  /** The same under the reference policy; NaN where the objective needs no reference. */
  readonly reference: number;
  /** Its tokens. */
  readonly length: number;
}

interface RowInput {
  /** Rows and response tokens of the whole batch. The batch's loss is the mean of its rows' losses. */
  readonly batch: { readonly rows: number; readonly tokens: number };
}
export interface PreferenceInput extends RowInput {
  readonly chosen: ResponseInput;
  readonly rejected: ResponseInput;
}
export interface SftInput extends RowInput {
  readonly response: ResponseInput;
}

/** A row's loss alone, or with what follows from it. */
export type RowLoss =
  | number
  | {
      readonly loss: number;
      /** ∂loss/∂(log-probability) of each response; without them they are found by differences. */
      readonly weights?: readonly number[];
      /** Rewards of the chosen and the rejected response, for the step's metrics. */
      readonly rewards?: readonly [number, number];
    };

/**
 * Defines an objective: its name, its options (one table entry each) and the loss of one row as a function of
 * log-probabilities. The batch's loss is the mean over its rows.
 *
 * Where the function returns the loss alone, it is differentiated by central differences (in float64, far below the
 * model's own rounding). Weights that it returns are compared with those on the first batch.
 *
 *     const softMargin = defineObjective(
 *       "soft-margin",
 *       { beta: { type: "number", default: 0.1, help: "scale" } },
 *       ({ chosen, rejected }, { beta }) =>
 *         -logSigmoid(beta * (chosen.logProb - chosen.reference - rejected.logProb + rejected.reference)),
 *     );
 *     train({ …, objectives: { dpo: { loss: "soft-margin" } } }, { objectives: [softMargin] });
 *
 * @param more `shape`: rows of preferences (the default) or of SFT; `needsReference`: false where `reference` is not read
 */
export function defineObjective<const T extends OptionTable>(
  name: string,
  options: T,
  loss: (row: PreferenceInput, options: OptionValues<T>) => RowLoss,
  more?: { shape?: "preference"; needsReference?: boolean },
): ObjectiveDefinition<T>;
export function defineObjective<const T extends OptionTable>(
  name: string,
  options: T,
  loss: (row: SftInput, options: OptionValues<T>) => RowLoss,
  more: { shape: "sft" },
): ObjectiveDefinition<T>;
export function defineObjective<const T extends OptionTable>(
  name: string,
  options: T,
  loss: (row: never, options: OptionValues<T>) => RowLoss,
  more: { shape?: "sft" | "preference"; needsReference?: boolean } = {},
): ObjectiveDefinition<T> {
  const { shape = "preference" } = more;
  const needsReference = shape === "preference" && (more.needsReference ?? true);
  return {
    name,
    shape,
    needsReference,
    options,
    source: String(loss),
    create: (values) => {
      const rowLoss = (row: PreferenceInput | SftInput) => loss(row as never, values);
      return new RowObjective(name, shape, needsReference, rowLoss);
    },
  };
}

/** An objective of one function of a row. */
class RowObjective implements LocalObjective {
  readonly name: string;
  readonly shape: "sft" | "preference";
  readonly needsReference: boolean;
  readonly #loss: (row: PreferenceInput | SftInput) => RowLoss;
  #checked = false;

  constructor(
    name: string,
    shape: "sft" | "preference",
    needsReference: boolean,
    loss: (row: PreferenceInput | SftInput) => RowLoss,
  ) {
    this.name = name;
    this.shape = shape;
    this.needsReference = needsReference;
    this.#loss = loss;
  }

  /** @throws ObjectiveError naming the row, for what the function throws or returns amiss */
  value(part: ResponseLogProbs) {
    const { logProbs, responses, batch } = part;
    const rows = logProbs.length / responses;
    const weights = new Float64Array(logProbs.length);
    const rewards = new Float64Array(logProbs.length);
    let rewarded = 0;
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const first = row * responses;
      const where = `row ${part.rowNumbers?.[row] ?? row}`;
      const at = (...values: number[]) => this.#at(part, first, values, where);
      const here = [...logProbs.subarray(first, first + responses)];
      const found = at(...here);
      const lossAt = (...values: number[]) => at(...values).loss;
      if (found.weights && !this.#checked) checkWeights(lossAt, here, found.weights, where);
      const slope = found.weights ?? slopes(lossAt, here);
      checkFinite(found.loss, slope, where);
      for (let i = 0; i < responses; i++) weights[first + i] = slope[i]! / batch.rows;
      loss += found.loss / batch.rows;
      if (found.rewards) rewards.set(found.rewards, first);
      rewarded += found.rewards ? 1 : 0;
    }
    this.#checked = true;
    if (this.shape === "sft") return { loss, weights };
    return { loss, weights, metrics: preferenceMetrics(part, rewarded === rows ? rewards : null) };
  }

  /** The row's loss with these log-probabilities in place of its own. */
  #at(part: ResponseLogProbs, first: number, logProbs: readonly number[], where: string) {
    const { reference, lengths, batch } = part;
    const [one, other] = logProbs.map((logProb, i) => ({
      logProb,
      reference: reference?.[first + i] ?? Number.NaN,
      length: lengths[first + i]!,
    })) as [ResponseInput, ResponseInput];
    const row = this.shape === "sft" ? { response: one, batch } : { chosen: one, rejected: other, batch };
    let found: RowLoss;
    try {
      found = this.#loss(row);
    } catch (error) {
      throw new ObjectiveError(`${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return checked(found, logProbs.length, this.shape, where);
  }
}

/** What the function returned, in one form. */
function checked(found: RowLoss, responses: number, shape: string, where: string): Exclude<RowLoss, number> {
  if (typeof found === "number") return { loss: found };
  if (typeof found?.loss !== "number")
    throw new ObjectiveError(
      `${where}: the function returned ${shown(found)}; expected the row's loss, a number, or { loss, weights, rewards }`,
    );
  const { weights, rewards } = found;
  if (weights && !areNumbers(weights, responses))
    throw new ObjectiveError(
      `${where}: weights are ${shown(weights)}; expected ${responses === 1 ? "one number, for the response" : "two numbers, for the chosen and the rejected response"}`,
    );
  if (rewards && !(shape === "preference" && areNumbers(rewards, 2)))
    throw new ObjectiveError(
      `${where}: rewards are ${shown(rewards)}; expected ${shape === "preference" ? "two numbers, for the chosen and the rejected response" : "none, for rows of SFT"}`,
    );
  return found;
}

function areNumbers(values: readonly number[], count: number): boolean {
  return values.length === count && Array.from(values).every((value) => typeof value === "number");
}

function shown(value: unknown): string {
  const text = (value instanceof Promise ? "a promise" : JSON.stringify(value)) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
