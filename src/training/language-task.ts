import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadModel, type ModelCheckpoint, saveAdapter, saveModel } from "../checkpoints/index.ts";
import { type Example, Sampler, type SamplerState, type Split } from "../data/index.ts";
import type { LanguageLearner } from "../engine/learner.ts";
import type { Objective } from "../objectives/index.ts";
import type { Specification } from "../runs/specification.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { readAdapterInto, stackAdapters, stackedShape } from "./adapters.ts";
import { type ReferenceValues, referenceOf, referenceValues } from "./reference-values.ts";
import type { Batch, BatchResult, Task, Values } from "./task.ts";

export interface LanguageTaskOptions {
  readonly learner: LanguageLearner;
  /** Examples and objective by the objective's name. */
  readonly sets: Readonly<Record<string, { readonly objective: Objective; readonly rows: Split<Example> }>>;
  /** Log-probabilities of the reference policy; null where no objective needs them. */
  readonly reference: ReferenceValues | null;
  readonly specification: Pick<Specification, "lora" | "batchSize" | "seed" | "reference" | "model">;
  readonly config: ModelCheckpoint["config"];
  /** The model (a directory or a GGUF file) whose tokenizer `final/` takes along. */
  readonly tokenizerFrom: string;
}

interface LanguageBatch extends Batch {
  readonly examples: readonly Example[];
}

interface TaskState {
  readonly samplers: Readonly<Record<string, SamplerState>>;
  /** What dropout's next masks go by. */
  readonly draws: number;
}

/** A language model with its data sets, on the training engine. */
export class LanguageTask implements Task {
  readonly objectives: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly epoch: Readonly<Record<string, number>>;
  readonly #of: LanguageTaskOptions;
  readonly #samplers: Readonly<Record<string, Sampler>>;
  #reference: ReferenceValues | null;
  /** The reference was recomputed at a stage, and so belongs in a checkpoint. */
  #referenceMoved = false;
  /** Adapters merged into the weights by earlier stages. */
  #merged: Parameter[][] = [];

  constructor(of: LanguageTaskOptions) {
    const { specification, sets } = of;
    this.#of = of;
    this.objectives = Object.keys(sets);
    this.parameters = of.learner.parameters;
    this.#reference = of.reference;
    const { batchSize, seed } = specification;
    this.#samplers = mapValues(sets, ({ objective, rows }, name) => {
      const size = objective.shape === "preference" ? batchSize.dpo : batchSize.sft;
      return new Sampler({ rows: rows.training.length, batchSize: size, seed, name });
    });
    this.epoch = mapValues(this.#samplers, ({ batches }) => batches);
  }

  get learner(): LanguageLearner {
    return this.#of.learner;
  }

  next(objective: string): LanguageBatch {
    const { training } = this.#of.sets[objective]!.rows;
    const examples = Array.from(this.#samplers[objective]!.next(), (i) => training[i]!);
    return { objective, examples, rows: examples.map(({ row }) => row) };
  }

  async measure(batch: Batch): Promise<BatchResult> {
    const { examples } = batch as LanguageBatch;
    const { objective } = this.#of.sets[batch.objective]!;
    const { logProbs, tokens } = await this.#of.learner.logProbs(examples);
    const lengths = Int32Array.from(
      examples.flatMap(({ responses }) => responses.map((each) => each.length)),
    );
    const value = await objective.value({
      logProbs,
      reference: this.#referenceOf(objective, examples),
      lengths,
      responses: objective.shape === "preference" ? 2 : 1,
      batch: { rows: examples.length, tokens: lengths.reduce((a, b) => a + b, 0) },
      rowNumbers: examples.map(({ row }) => row),
    });
    return { loss: value.loss, tokens, ...(value.metrics ? { metrics: value.metrics } : {}) };
  }

  async gradient(batch: Batch, scale: number, into: readonly Values[]): Promise<BatchResult> {
    const { examples } = batch as LanguageBatch;
    const { objective } = this.#of.sets[batch.objective]!;
    const reference = this.#referenceOf(objective, examples);
    return this.#of.learner.gradient(examples, objective, reference, scale, into);
  }

  async evaluate(): Promise<Record<string, number>> {
    const losses: Record<string, number> = {};
    for (const objective of this.objectives) {
      const result = await this.evaluation(objective);
      if (result) losses[objective] = result.loss;
    }
    return losses;
  }

  async evaluation(objective: string): Promise<BatchResult | null> {
    const examples = this.#of.sets[objective]!.rows.evaluation;
    if (examples.length === 0) return null;
    const batch: LanguageBatch = { objective, examples, rows: [] };
    return this.measure(batch);
  }

  async stage(objective: string): Promise<void> {
    const { learner, specification, sets } = this.#of;
    if (specification.lora) {
      this.#merged.push(this.parameters.map((parameter) => ({ ...parameter, data: parameter.data.slice() })));
      await learner.merge(this.#stageSeed());
    }
    const { rows, objective: next } = sets[objective]!;
    if (!next.needsReference || specification.reference !== "start") return;
    this.#reference = await referenceValues(learner, allRows(rows), null);
    this.#referenceMoved = true;
  }

  #stageSeed(): number {
    return this.#of.specification.seed + this.#merged.length;
  }

  #referenceOf(objective: Objective, examples: readonly Example[]): Float64Array | null {
    return objective.needsReference ? referenceOf(this.#reference!, examples) : null;
  }

  state(): TaskState {
    const samplers = mapValues(this.#samplers, (sampler) => sampler.state());
    return { samplers, draws: this.learner.draws };
  }

  restore(state: unknown): void {
    const { samplers, draws } = state as TaskState;
    for (const [name, sampler] of Object.entries(this.#samplers)) sampler.restore(samplers[name]!);
    this.learner.draws = draws;
  }

  async save(directory: string): Promise<void> {
    const { specification, config, learner } = this.#of;
    const { lora, model } = specification;
    if (lora) {
      const options = { lora, base: model, sync: false };
      await saveAdapter(join(directory, "adapter"), this.parameters, options);
      for (const [i, merged] of this.#merged.entries())
        await saveAdapter(join(directory, `merged-${i + 1}`), merged, options);
    } else await saveModel(join(directory, "model"), { config, tensors: learner.weights() });
    this.#writeReference(directory);
  }

  async load(directory: string): Promise<void> {
    const { specification, learner } = this.#of;
    if (specification.lora) {
      const stages = readdirSync(directory).filter((name) => name.startsWith("merged-")).length;
      for (let i = 1; i <= stages; i++) {
        await readAdapterInto(this.parameters, join(directory, `merged-${i}`));
        this.#merged.push(
          this.parameters.map((parameter) => ({ ...parameter, data: parameter.data.slice() })),
        );
        await learner.merge(this.#stageSeed());
      }
      await readAdapterInto(this.parameters, join(directory, "adapter"));
    } else {
      const { tensors } = await loadModel(join(directory, "model"));
      for (const { name, data } of this.parameters) data.set(tensors.get(name)!.data);
    }
    this.#readReference(directory);
  }

  /** A reference that moved at a stage can't be computed from the weights that are left: its values go with them. */
  #writeReference(directory: string): void {
    if (this.#referenceMoved)
      writeFileSync(join(directory, "reference.json"), JSON.stringify([...this.#reference!]));
  }

  #readReference(directory: string): void {
    const file = join(directory, "reference.json");
    if (!existsSync(file)) return;
    this.#reference = new Map(JSON.parse(readFileSync(file, "utf8")) as [number, [number, number]][]);
    this.#referenceMoved = true;
  }

  /** Writes what was trained: one adapter in PEFT format, which stands for those of all stages, or a model directory. */
  async writeFinal(directory: string): Promise<void> {
    const { specification, config, learner, tokenizerFrom } = this.#of;
    this.#writeReference(directory);
    const { lora, model } = specification;
    if (!lora) {
      await saveModel(directory, { config, tensors: learner.weights() }, { tokenizerFrom });
      return;
    }
    const adapters = [...this.#merged, [...this.parameters]];
    const stacked = stackedShape(lora, adapters.length);
    await saveAdapter(directory, stackAdapters(adapters), { lora: stacked, base: model });
  }

  /** Reads back what `writeFinal` wrote; the task's adapter has the shape of the one that is there. */
  async loadFinal(directory: string): Promise<void> {
    if (this.#of.specification.lora) await readAdapterInto(this.parameters, directory);
    else {
      const { tensors } = await loadModel(directory);
      for (const { name, data } of this.parameters) data.set(tensors.get(name)!.data);
    }
    this.#readReference(directory);
  }

  dispose(): Promise<void> {
    return this.#of.learner.dispose();
  }
}

/** Training and evaluation rows, each once. */
export function allRows({ training, evaluation }: Split<Example>): Example[] {
  return [...new Set([...training, ...evaluation])];
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
