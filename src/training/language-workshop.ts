import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadModel, loadModelTokenizer, type ModelCheckpoint, resolveModel } from "../checkpoints/index.ts";
import type { Example, Split } from "../data/index.ts";
import { createLearner, type LanguageLearner, type LoraOptions, physicalCores } from "../engine/index.ts";
import { dpo, type Objective, sft } from "../objectives/index.ts";
import type { Specification } from "../runs/specification.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { TrainingError } from "./error.ts";
import { chosenData, type LanguageData, loadLanguageData } from "./language-data.ts";
import { allRows, LanguageTask } from "./language-task.ts";
import { loadReference, referenceDigest } from "./reference-policy.ts";
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
  readonly data: LanguageData;
  readonly tokenizer: Tokenizer;
  readonly #model: ModelCheckpoint;
  readonly #modelPath: string;
  #reference: Promise<ReferenceValues> | null = null;

  constructor(of: {
    specification: Specification;
    preparation: Preparation;
    data: LanguageData;
    tokenizer: Tokenizer;
    model: ModelCheckpoint;
    modelPath: string;
  }) {
    this.specification = of.specification;
    this.preparation = of.preparation;
    this.data = of.data;
    this.dataHashes = of.data.digests;
    this.tokenizer = of.tokenizer;
    this.#model = of.model;
    this.#modelPath = of.modelPath;
    const { template, maxLength, tooLong, onBadRow, threads } = of.specification;
    this.versions = { "onnxruntime-node": runtimeVersion(), threads: String(threads ?? physicalCores()) };
    const texts = { template, maxLength, tooLong, onBadRow };
    const reference = referenceDigest(of.specification.reference, of.preparation.cache);
    const content = [digestOf(of.model), of.data.digests, reference];
    this.fingerprint = JSON.stringify([content, texts, this.versions]);
  }

  /** A learner at the base model with the run's adapter, or at another model or with another adapter. */
  learner(
    of: { model?: ModelCheckpoint; lora?: Specification["lora"] | LoraOptions } = {},
  ): Promise<LanguageLearner> {
    const { seed, threads } = this.specification;
    const { model = this.#model, lora = this.specification.lora } = of;
    return createLearner(model, { lora, seed, threads });
  }

  async createTask(): Promise<LanguageTask> {
    const { objectives } = this.specification;
    const { data } = this;
    const sets: Record<string, { objective: Objective; rows: Split<Example> }> = {};
    if (data.dpo) sets.dpo = { objective: dpo(objectives.dpo), rows: data.dpo };
    if (data.sft) sets.sft = { objective: sft(objectives.sft), rows: data.sft };
    if (data.dpo) this.#reference ??= loadReference(this, allRows(data.dpo));
    const reference = await this.#reference;
    return this.#task(sets, reference);
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
    return this.#task({ sft: { objective: sft(specification.objectives.sft), rows: examples } }, null);
  }

  async #task(
    sets: Record<string, { objective: Objective; rows: Split<Example> }>,
    reference: ReferenceValues | null,
  ): Promise<LanguageTask> {
    return new LanguageTask({
      learner: await this.learner(),
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
): Promise<LanguageWorkshop> {
  const { device } = specification;
  if (device !== "cpu" && device !== "auto")
    throw new TrainingError(`device is ${JSON.stringify(device)}; only "cpu" is supported so far`);
  const modelPath = await resolveModel(specification.model);
  const tokenizer = await loadModelTokenizer(modelPath);
  const data = await loadLanguageData(specification, tokenizer, preparation);
  preparation.note(`loading ${specification.model}`);
  const model = await loadModel(modelPath);
  return new LanguageWorkshop({ specification, preparation, data, tokenizer, model, modelPath });
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
