import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addGradient, type Features, logProbs } from "../models/softmax-policy.ts";
import { type ToyPreset, toyPresets } from "../models/toy.ts";
import {
  type Objective,
  type ObjectiveValue,
  objectivesOf,
  type RunObjectives,
  sft,
} from "../objectives/index.ts";
import { didYouMean } from "../runs/error.ts";
import type { Contours } from "../runs/snapshot.ts";
import type { Specification } from "../runs/specification.ts";
import { toySpecification } from "../runs/toy-defaults.ts";
import { shown } from "../shown.ts";
import { TrainingError } from "./error.ts";
import { createOptimizer } from "./optimizer.ts";
import type { Batch, BatchResult, Task, Values } from "./task.ts";

type ToyOptions = Pick<Specification, "model" | "reference" | "objectives" | "optimizer">;

/** The preset that `toy:NAME` names. */
export function toyPreset(model: string): ToyPreset {
  const name = model.replace(/^toy:/, "");
  const preset = Object.hasOwn(toyPresets, name) ? toyPresets[name] : undefined;
  if (preset) return preset;
  const known = Object.keys(toyPresets).map((preset) => `toy:${preset}`);
  throw new TrainingError(
    `model: no toy is called ${JSON.stringify(model)}${didYouMean(model, known)} (known: ${known.join(", ")})`,
  );
}

/** One row's loss under the policy θ, with what its gradient needs. */
interface RowLoss {
  readonly value: ObjectiveValue;
  readonly features: Features;
  readonly logProbs: readonly number[];
}

/** A value now, or later where an objective is in another process: the toy must not pay for promises. */
type Soon<T> = T | Promise<T>;

function then<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** The objective on one row; the responses that it reads come first in `features`. */
function rowLoss(
  objective: Objective,
  theta: Values,
  features: Features,
  reference: readonly number[] | null,
): Soon<RowLoss> {
  const values = logProbs(theta, features);
  const responses = objective.shape === "preference" ? 2 : 1;
  const value = objective.value({
    logProbs: Float64Array.from(values.slice(0, responses)),
    reference: reference && Float64Array.from(reference),
    lengths: new Int32Array(responses).fill(1),
    responses,
    batch: { rows: 1, tokens: responses },
  });
  return then(value, (value) => ({ value, features, logProbs: values }));
}

function addRowGradient({ value, features, logProbs }: RowLoss, scale: number, into: Values): void {
  addGradient(features, logProbs, value.weights, scale, into);
}

/** θ_ref: `steps` of SFT on (x₁, y_w) from the start, with the run's optimiser (D.1: 1,000). */
export function toyReference(
  preset: ToyPreset,
  steps: number,
  optimizer: ToyOptions["optimizer"],
): Float64Array {
  const theta = Float64Array.from(preset.start);
  const gradient = new Float64Array(theta.length);
  const descent = createOptimizer(optimizer, [{ name: "theta", shape: [theta.length], data: theta }]);
  const objective = sft();
  for (let i = 0; i < steps; i++) {
    gradient.fill(0);
    const loss = rowLoss(objective, theta, preset.preference, null) as RowLoss;
    addRowGradient(loss, 1, gradient);
    descent.update([gradient], optimizer.learningRate);
  }
  return theta;
}

/** The paper's toy as a task: one row, so one batch, in each data set; all of it in float64. */
export class ToyTask implements Task {
  readonly objectives = ["dpo", "sft"];
  readonly epoch = { dpo: 1, sft: 1 };
  readonly theta: Float64Array;
  readonly parameters;
  readonly #preset: ToyPreset;
  readonly #options: ToyOptions;
  readonly #dpo: Objective;
  readonly #sft: Objective;
  /** log π_ref of y_w and y_l, where the loss reads them. */
  #reference: readonly number[] | null;

  constructor(options: ToyOptions, objectives: RunObjectives = objectivesOf(options.objectives)) {
    this.#options = options;
    this.#preset = toyPreset(options.model);
    this.#dpo = objectives.dpo;
    this.#sft = objectives.sft;
    this.theta = Float64Array.from(this.#preset.start);
    this.parameters = [{ name: "theta", shape: [2], data: this.theta }];
    this.#reference = this.#dpo.needsReference
      ? logProbs(this.#referenceTheta(), this.#preset.preference)
      : null;
  }

  #referenceTheta(): Values {
    const { reference, optimizer } = this.#options;
    if (reference === "start") return this.theta;
    if (typeof reference === "object" && reference.sft === "chosen")
      return toyReference(this.#preset, reference.steps, optimizer);
    throw new TrainingError(
      `reference is ${JSON.stringify(reference)}; the toy takes "start" or { "sft": "chosen", "steps": N }`,
    );
  }

  #loss(objective: string): Soon<RowLoss> {
    return objective === "sft"
      ? rowLoss(this.#sft, this.theta, this.#preset.sft, null)
      : rowLoss(this.#dpo, this.theta, this.#preset.preference, this.#reference);
  }

  next(objective: string): Batch {
    return objective === "sft" ? sftRow : preferenceRow;
  }

  measure(batch: Batch): Soon<BatchResult> {
    return then(this.#loss(batch.objective), (loss) => result(batch, loss));
  }

  gradient(batch: Batch, scale: number, into: readonly Values[]): Soon<BatchResult> {
    return then(this.#loss(batch.objective), (loss) => {
      addRowGradient(loss, scale, into[0]!);
      return result(batch, loss);
    });
  }

  evaluate(): Soon<{ dpo: number; sft: number }> {
    return then(this.#loss("dpo"), (dpo) =>
      then(this.#loss("sft"), (sft) => ({ dpo: dpo.value.loss, sft: sft.value.loss })),
    );
  }

  evaluation(objective: string): Soon<BatchResult> {
    return this.measure(this.next(objective));
  }

  stage(objective: string): void {
    if (objective === "dpo" && this.#dpo.needsReference && this.#options.reference === "start")
      this.#reference = logProbs(this.theta, this.#preset.preference);
  }

  state(): unknown {
    return { reference: this.#reference };
  }

  restore(state: unknown): void {
    const { reference } = state as { reference: unknown };
    this.#reference = reference === null ? null : twoNumbers(reference, "reference");
  }

  save(directory: string): void {
    writeFileSync(join(directory, "theta.json"), `${JSON.stringify([...this.theta])}\n`);
    writeFileSync(join(directory, "reference.json"), `${JSON.stringify(this.#reference)}\n`);
  }

  load(directory: string): void {
    this.theta.set(twoNumbers(JSON.parse(readFileSync(join(directory, "theta.json"), "utf8")), "theta.json"));
    const file = join(directory, "reference.json");
    if (existsSync(file)) this.restore({ reference: JSON.parse(readFileSync(file, "utf8")) });
  }

  dispose(): void {}
}

function twoNumbers(found: unknown, what: string): number[] {
  if (Array.isArray(found) && found.length === 2 && found.every(Number.isFinite)) return found;
  throw new TrainingError(`${what} of the checkpoint is ${shown(found)}; expected two numbers`);
}

const sftRow: Batch = { objective: "sft", rows: [0] };
const preferenceRow: Batch = { objective: "dpo", rows: [0] };

function result(batch: Batch, { value }: RowLoss): BatchResult {
  const tokens = batch.objective === "sft" ? 1 : 2;
  return value.metrics ? { loss: value.loss, tokens, metrics: value.metrics } : { loss: value.loss, tokens };
}

/**
 * Both losses of a toy over a plane of weights, for the plot's `weights` view.
 * @param model `toy:conflict` or `toy:as-printed`
 * @param range of θ₁ (x) and θ₂ (y), and how many points on each axis (41 if left out)
 */
export function contours(
  model: string,
  range: { x?: readonly [number, number]; y?: readonly [number, number]; points?: number } = {},
): Contours {
  const { x = [-8, 10], y = [-12, 6], points = 41 } = range;
  const axis = ([from, to]: readonly [number, number]) =>
    Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
  const task = new ToyTask(toySpecification({ model, method: { name: "alright" } }));
  const [xs, ys] = [axis(x), axis(y)];
  const losses = ys.map((b) =>
    xs.map((a) => {
      task.theta.set([a, b]);
      return task.evaluate() as { dpo: number; sft: number };
    }),
  );
  const grid = (objective: "dpo" | "sft") =>
    losses.map((row) => row.map((point) => sixDigits(point[objective])));
  return { x: xs.map(sixDigits), y: ys.map(sixDigits), dpo: grid("dpo"), sft: grid("sft") };
}

function sixDigits(value: number): number {
  return Number(value.toPrecision(6));
}
