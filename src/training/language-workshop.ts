import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  inMemory,
  loadAdapter,
  loadModelTokenizer,
  type ModelCheckpoint,
  openModel,
  resolveModel,
} from "../checkpoints/index.ts";
import type { Example, Split } from "../data/index.ts";
import {
  createLearner,
  type LanguageLearner,
  type LoraOptions,
  processorKind,
  threadsFor,
} from "../engine/index.ts";
import { shortHubName } from "../hub/index.ts";
import { modelOf } from "../models/index.ts";
import { type Objective, type RunObjectives, sft } from "../objectives/index.ts";
import type { Specification } from "../runs/specification.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { type Computation, planComputation } from "./computation.ts";
import { TrainingError } from "./error.ts";
import { whileFetching } from "./hub-names.ts";
import { chosenData, type LanguageData, loadLanguageData } from "./language-data.ts";
import { allRows, LanguageTask } from "./language-task.ts";
import { loadReference, placeOfReference, referenceDigest } from "./reference-policy.ts";
import type { ReferenceValues } from "./reference-values.ts";
import type { Task } from "./task.ts";
import type { Preparation, Workshop } from "./workshop.ts";

/** Model and data of a language-model run, loaded once; makes tasks at the base model. */
export class LanguageWorkshop implements Workshop {
  readonly specification: Specification;
  readonly preparation: Preparation;
  readonly fingerprint: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly dataHashes: Readonly<Record<string, string>>;
  readonly objectives: RunObjectives;
  readonly data: LanguageData;
  readonly tokenizer: Tokenizer;
  readonly #model: ModelCheckpoint;
  readonly #modelPath: string;
  readonly #computation: Computation;
  /** The specification's reference; one of the hub by its place on disk. */
  readonly reference: Specification["reference"];
  #reference: Promise<ReferenceValues> | null = null;

  constructor(of: {
    specification: Specification;
    preparation: Preparation;
    objectives: RunObjectives;
    data: LanguageData;
    tokenizer: Tokenizer;
    model: ModelCheckpoint;
    modelPath: string;
    computation: Computation;
    reference: Specification["reference"];
  }) {
    this.specification = withTargets(of.specification, of.model);
    this.preparation = of.preparation;
    this.objectives = of.objectives;
    this.data = of.data;
    this.dataHashes = of.data.digests;
    this.tokenizer = of.tokenizer;
    this.#model = of.model;
    this.#modelPath = of.modelPath;
    this.#computation = of.computation;
    this.reference = of.reference;
    const { template, maxLength, tooLong, onBadRow, threads } = of.specification;
    const { way, device } = of.computation;
    this.versions = {
      "onnxruntime-node": runtimeVersion(),
      processor: processorKind(),
      threads: String(threadsFor(threads)),
      plan: way,
      device,
    };
    const texts = { template, maxLength, tooLong, onBadRow };
    const reference = of.objectives.dpo.needsReference
      ? referenceDigest(of.reference, of.preparation.cache)
      : null;
    const content = [digestOf(of.model), of.data.digests, reference];
    this.fingerprint = JSON.stringify([content, texts, this.versions]);
  }

  /** A learner at the base model with the run's adapter, or at another model or with another adapter. */
  learner(
    of: { model?: ModelCheckpoint; lora?: Specification["lora"] | LoraOptions } = {},
  ): Promise<LanguageLearner> {
    const { seed, threads } = this.specification;
    const { model = this.#model, lora = this.specification.lora } = of;
    const { way, device } = this.#computation;
    return createLearner(model, {
      lora,
      seed,
      threads,
      device,
      plan: way === "whole" ? "whole" : "blockwise",
    });
  }

  /** @param of.reference in place of the specification's; @param of.lora another shape of adapter than the run's */
  async createTask(of: { lora?: LoraOptions; reference?: ReferenceValues } = {}): Promise<LanguageTask> {
    const { data, objectives } = this;
    const sets: Record<string, { objective: Objective; rows: Split<Example> }> = {};
    if (data.dpo) sets.dpo = { objective: objectives.dpo, rows: data.dpo };
    if (data.sft) sets.sft = { objective: objectives.sft, rows: data.sft };
    if (of.reference) return this.#task(sets, of.reference, of.lora);
    if (data.dpo && objectives.dpo.needsReference) this.#reference ??= loadReference(this, allRows(data.dpo));
    const reference = await this.#reference;
    return this.#task(sets, reference, of.lora);
  }

  /** Adapters of several stages are one of a higher rank in `final/`. */
  async openFinal(directory: string, of: { reference?: ReferenceValues } = {}): Promise<LanguageTask> {
    const lora = this.specification.lora ? (await loadAdapter(directory)).lora : undefined;
    const task = await this.createTask({ ...of, ...(lora ? { lora } : {}) });
    await task.loadFinal(directory);
    return task;
  }

  get evaluationRows(): { dpo: number; sft: number } {
    const { dpo, sft } = this.data;
    return { dpo: dpo?.evaluation.length ?? 0, sft: sft?.evaluation.length ?? 0 };
  }

  /** A task of SFT alone, for a reference policy: on the chosen responses, or on the instructions. */
  createReferenceTask(rows: "chosen" | "sft"): Promise<LanguageTask> {
    const { data, specification, tokenizer } = this;
    const examples =
      rows === "sft" ? data.sft : data.preferences && chosenData(data.preferences, tokenizer, specification);
    if (!examples)
      throw new TrainingError(
        `reference is ${JSON.stringify(specification.reference)}, which needs data.${rows === "sft" ? "sft" : "dpo"}`,
      );
    const { loss, reduction } = specification.objectives.sft;
    // The reference is an SFT model whatever the run's own loss of SFT rows is.
    const objective = loss === undefined && reduction ? sft({ reduction }) : sft();
    return this.#task({ sft: { objective, rows: examples } }, null);
  }

  async #task(
    sets: Record<string, { objective: Objective; rows: Split<Example> }>,
    reference: ReferenceValues | null,
    lora?: LoraOptions,
  ): Promise<LanguageTask> {
    return new LanguageTask({
      learner: await this.learner(lora ? { lora } : {}),
      sets,
      reference,
      specification: this.specification,
      config: this.#model.config,
      tokenizerFrom: this.#modelPath,
    });
  }

  writeFinal(task: Task, directory: string): Promise<void> {
    return (task as LanguageTask).writeFinal(directory);
  }
}

/** Loads model, tokenizer and data of a specification. Errors name directory, file and row. */
export async function openLanguageWorkshop(
  specification: Specification,
  preparation: Preparation,
  objectives: RunObjectives,
  recorded: Readonly<Record<string, string>>,
): Promise<LanguageWorkshop> {
  const modelPath = await whileFetching(preparation, (options) => resolveModel(specification.model, options));
  const tokenizer = await loadModelTokenizer(modelPath);
  const data = await loadLanguageData(specification, tokenizer, preparation, modelPath);
  const reference = objectives.dpo.needsReference
    ? await placeOfReference(specification.reference, preparation)
    : specification.reference;
  preparation.note(`loading ${shortHubName(specification.model)}`);
  const stored = await openModel(modelPath);
  const computation = await planComputation(stored.config, specification, data, recorded);
  for (const note of computation.notes) preparation.note(note);
  const threads = threadsFor(specification.threads);
  if (specification.threads !== null && threads < specification.threads)
    preparation.note(
      `threads: ${threads} of the ${specification.threads} asked for, as ALRIGHT_THREADS allows`,
    );
  const model = computation.way === "streamed" ? stored : inMemory(stored);
  return new LanguageWorkshop({
    specification,
    preparation,
    objectives,
    data,
    tokenizer,
    model,
    modelPath,
    computation,
    reference,
  });
}

/** With the model's own targets for an adapter that was given none. */
function withTargets(specification: Specification, { config }: ModelCheckpoint): Specification {
  const { lora } = specification;
  if (lora?.targets !== null) return specification;
  return { ...specification, lora: { ...lora, targets: [...modelOf(config).defaultTargets] } };
}

function digestOf({ config, tensors }: ModelCheckpoint): string {
  const hash = createHash("sha256").update(JSON.stringify(config));
  for (const [name, { data }] of tensors) {
    hash.update(name);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

function runtimeVersion(): string {
  const require = createRequire(import.meta.url);
  const file = require.resolve("onnxruntime-node/package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
