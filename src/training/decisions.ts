import type { Answer, Decision, Losses } from "../methods/method.ts";
import { builtInLosses, type ObjectiveSlot } from "../objectives/index.ts";
import type { RunEvent, StepEvent } from "../runs/events.ts";
import type { Specification } from "../runs/specification.ts";
import { TrainingError } from "./error.ts";
import {
  clipToNorm,
  createOptimizer,
  dot,
  globalNorm,
  type Optimizer,
  scheduledLearningRate,
  zerosLike,
} from "./optimizer.ts";
import type { Batch, BatchResult, Task, Values } from "./task.ts";

/** What a carried-out decision adds to `events.jsonl`; the loop adds step and time. */
type Told<T> = T extends RunEvent ? Omit<T, "step" | "time"> : never;

export type Carried = { readonly answer: Answer; readonly event: Told<RunEvent> };

/** Carries out a method's decisions on a task: batches, gradients, and the optimiser's updates. */
export class DecisionExecutor {
  readonly #task: Task;
  readonly #specification: Specification;
  readonly #steps: number;
  readonly #gradients: Values[];
  /** Batches that were measured, for the step that follows. */
  #pending = new Map<string, Batch>();
  /** The task's state before the batches drawn since the last update. */
  #beforeDraw: unknown = null;
  #held: { objective: string; gradients: Values[] }[] = [];
  #heldResults: { losses: Losses; results: BatchResult[] } | null = null;
  optimizer: Optimizer;
  /** Optimiser steps made. */
  step = 0;

  constructor(task: Task, specification: Specification, steps: number) {
    this.#task = task;
    this.#specification = specification;
    this.#steps = steps;
    this.#gradients = task.parameters.map(({ data }) => zerosLike(data));
    this.optimizer = createOptimizer(specification.optimizer, task.parameters);
  }

  /** Puts back the batches drawn since the last update, whose step will not be made. */
  undraw(): void {
    if (this.#beforeDraw !== null) this.#task.restore(this.#beforeDraw);
    this.#pending.clear();
    this.#beforeDraw = null;
  }

  /** Answers at once where the task does. */
  carryOut(decision: Decision): Carried | Promise<Carried> {
    const began = performance.now();
    switch (decision.kind) {
      case "step":
        return this.#step(Object.entries(decision.weights), 0, {}, [], began);
      case "measure":
        return this.#measure(decision.objectives, 0, {}, [], began);
      case "gradients":
        return this.#hold(decision.objectives, began);
      case "apply":
        return this.#apply(decision.weights, began);
      case "stage":
        return this.#stage(decision.objective);
    }
  }

  // Each objective in turn; a promise in between continues with the next one when it is kept.
  #step(
    weights: readonly (readonly [string, number])[],
    from: number,
    losses: Record<string, number>,
    results: BatchResult[],
    began: number,
  ): Carried | Promise<Carried> {
    if (from === 0) for (const gradient of this.#gradients) gradient.fill(0);
    for (let i = from; i < weights.length; i++) {
      const [objective, weight] = weights[i]!;
      const batch = this.#pending.get(objective) ?? this.#next(objective);
      const result =
        weight === 0 ? this.#task.measure(batch) : this.#task.gradient(batch, weight, this.#gradients);
      if (result instanceof Promise)
        return result.then((kept) => {
          this.#see(batch, kept, losses, results);
          return this.#step(weights, i + 1, losses, results, began);
        });
      this.#see(batch, result, losses, results);
    }
    return this.#update(weights, losses, results, began);
  }

  #measure(
    objectives: readonly string[],
    from: number,
    losses: Record<string, number>,
    results: BatchResult[],
    began: number,
  ): Carried | Promise<Carried> {
    for (let i = from; i < objectives.length; i++) {
      const batch = this.#next(objectives[i]!);
      this.#pending.set(objectives[i]!, batch);
      const result = this.#task.measure(batch);
      if (result instanceof Promise)
        return result.then((kept) => {
          this.#see(batch, kept, losses, results);
          return this.#measure(objectives, i + 1, losses, results, began);
        });
      this.#see(batch, result, losses, results);
    }
    return { answer: answer(losses), event: { type: "measured", losses, ...spent(results, began) } };
  }

  async #hold(objectives: readonly string[], began: number): Promise<Carried> {
    const losses: Record<string, number> = {};
    const results: BatchResult[] = [];
    this.#held = [];
    for (const objective of objectives) {
      const gradients = this.#task.parameters.map(({ data }) => zerosLike(data));
      const batch = this.#pending.get(objective) ?? this.#next(objective);
      this.#see(batch, await this.#task.gradient(batch, 1, gradients), losses, results);
      this.#held.push({ objective, gradients });
    }
    this.#heldResults = { losses, results };
    const inner = this.#held.map((a) =>
      this.#held.map((b) =>
        a.gradients.reduce((sum, gradient, p) => sum + dot(gradient, b.gradients[p]!), 0),
      ),
    );
    return {
      answer: { ...answer(losses), inner },
      event: { type: "measured", losses, inner, ...spent(results, began) },
    };
  }

  #apply(weights: Losses, began: number): Carried {
    const held = this.#heldResults;
    if (!held) throw new TrainingError(`step ${this.step + 1}: apply() without gradients() before it`);
    for (const gradient of this.#gradients) gradient.fill(0);
    for (const [objective, weight] of Object.entries(weights)) {
      const of = this.#held.find((candidate) => candidate.objective === objective);
      if (!of) throw new TrainingError(`step ${this.step + 1}: no gradient of ${objective} is held`);
      for (const [p, into] of this.#gradients.entries())
        for (let i = 0; i < into.length; i++) into[i]! += weight * of.gradients[p]![i]!;
    }
    const { answer, event } = this.#update(Object.entries(weights), held.losses, [], began);
    const step = event as Told<StepEvent>;
    return { answer, event: { ...step, ...metricsOf(held.results), weights, applied: true } };
  }

  async #stage(objective: string): Promise<Carried> {
    this.#known(objective);
    await this.#task.stage(objective);
    this.optimizer = createOptimizer(this.#specification.optimizer, this.#task.parameters);
    this.#pending.clear();
    return { answer: answer({}), event: { type: "stage", objective } };
  }

  #update(
    weights: readonly (readonly [string, number])[],
    losses: Losses,
    results: readonly BatchResult[],
    began: number,
  ): Carried {
    const { optimizer } = this.#specification;
    const gradNorm = globalNorm(this.#gradients);
    if (!Number.isFinite(gradNorm))
      throw new TrainingError(
        `step ${this.step + 1}: the gradient is not finite (norm ${gradNorm}); ${advice(optimizer)}`,
      );
    clipToNorm(this.#gradients, gradNorm, optimizer.clip);
    this.step++;
    const learningRate = scheduledLearningRate(optimizer, this.step, this.#steps);
    this.optimizer.update(this.#gradients, learningRate);
    this.#pending.clear();
    this.#beforeDraw = null;
    // They were of the weights before this step; and a checkpoint, which comes after it, does not hold them.
    this.#held = [];
    this.#heldResults = null;
    const on =
      weights.length === 1 && weights[0]![1] === 1
        ? { objective: weights[0]![0] }
        : { weights: Object.fromEntries(weights) };
    const { tokens, seconds } = spent(results, began);
    return {
      answer: answer(losses),
      event: { type: "step", ...on, losses, gradNorm, tokens, seconds, learningRate, ...metricsOf(results) },
    };
  }

  #next(objective: string): Batch {
    this.#known(objective);
    this.#beforeDraw ??= this.#task.state();
    return this.#task.next(objective);
  }

  #known(objective: string): void {
    if (!this.#task.objectives.includes(objective))
      throw new TrainingError(
        `step ${this.step + 1}: the method asks for objective ${JSON.stringify(objective)}; this run has ${this.#task.objectives.join(" and ")}`,
      );
  }

  #see(batch: Batch, result: BatchResult, losses: Record<string, number>, results: BatchResult[]): void {
    if (!Number.isFinite(result.loss)) {
      const rows = batch.rows.slice(0, 8).join(", ") + (batch.rows.length > 8 ? ", …" : "");
      throw new TrainingError(
        `step ${this.step + 1}: the ${batch.objective} loss is ${result.loss} on rows ${rows} of data.${batch.objective}; ${advice(this.#specification.optimizer)}, or look at those rows${orFormula(this.#specification, batch.objective)}`,
      );
    }
    losses[batch.objective] = result.loss;
    results.push(result);
  }
}

function advice({ learningRate, clip }: Specification["optimizer"]): string {
  const clipping = clip === null ? " or clip gradients (optimizer.clip, now null)" : "";
  return `lower optimizer.learningRate (now ${learningRate})${clipping}`;
}

/** A loss from outside the library may be at fault itself. */
export function orFormula({ objectives }: Specification, objective: string): string {
  const loss = objectives[objective as ObjectiveSlot]?.loss;
  const builtIn = Object.values(builtInLosses).some((all) => all.some(({ name }) => name === loss));
  return loss === undefined || builtIn ? "" : `, or at the formula of objective ${JSON.stringify(loss)}`;
}

export function answer(losses: Losses): Answer {
  return { ...losses, losses, inner: [] };
}

function spent(results: readonly BatchResult[], began: number): { tokens: number; seconds: number } {
  let tokens = 0;
  for (const result of results) tokens += result.tokens;
  return { tokens, seconds: (performance.now() - began) / 1000 };
}

/** Rewards and log-probabilities of the batch that has them. */
function metricsOf(results: readonly BatchResult[]): BatchResult["metrics"] {
  for (const { metrics } of results) if (metrics) return metrics;
  return undefined;
}
