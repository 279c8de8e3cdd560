import { openModel, resolveModel } from "../checkpoints/index.ts";
import { type MemoryPlan, planMemory } from "../engine/memory.ts";
import { type LanguageModel, modelOf } from "../models/index.ts";
import { parseSpecification } from "../runs/parse-specification.ts";
import type { Specification } from "../runs/specification.ts";
import { describeData } from "../training/describe-data.ts";
import { adapterParameters, forwardOperations, type RowTokens, runTokens, stepOperations } from "./cost.ts";
import type { MeasuredStep } from "./measure.ts";
import { chosenReference, paperExperiment } from "./paper-scale.ts";
import { type Scale, scaleRuns } from "./scales.ts";

/**
 * Tokens of the paper's rows before any of them is here, with SmolLM2's tokenizer, whose vocabulary of 49,152 is about as large as Pythia's: the means over the 999 rows of
 * a demonstration file in alpaca's form (`alpaca_en_demo.json`) and the 2,312 pairs of hh-rlhf's harmless test set.
 */
const paperRowTokens: RowTokens = { sft: 177, dpo: 226 };

/** What comes from the hub, in bytes; null where it is not known before. */
export interface Download {
  readonly from: string;
  readonly bytes: number | null;
  readonly what: string;
}

export interface Estimate {
  readonly parameters: number;
  /** Of the adapter. */
  readonly trained: number;
  readonly downloads: readonly Download[];
  readonly memory: MemoryPlan;
  /** Tokens of an average row. */
  readonly rowTokens: RowTokens;
  /** For each run of one seed. */
  readonly runs: readonly { readonly name: string; readonly hours: number }[];
  /** Of θ_ref and the reference's log-probabilities. */
  readonly referenceHours: number;
  /** Of all of it, one run after the other. */
  readonly hours: number;
}

/**
 * What a scale would take on this machine: downloads, memory, hours. Nothing is downloaded for it: of the paper's models only the shapes are needed.
 *
 * @param step as `measureStep` measures it
 * @throws CheckpointError or DataError where a model or file that was named can't be read
 */
export async function estimateScale(scale: Scale, step: MeasuredStep): Promise<Estimate> {
  const runs = scaleRuns(scale).map(({ name, specification }) => ({
    name,
    specification: parseSpecification(specification),
  }));
  const { specification: first } = runs[0]!;
  const model = scale.hub
    ? modelOf(paperExperiment(scale.experimentName).model.config)
    : await modelNamed(first);
  const { tokens, rows, longest } = await rowsOf(scale, first);
  const batchTokens = Math.max(first.batchSize.sft * tokens.sft, first.batchSize.dpo * tokens.dpo);
  const { lora } = first;
  const memory = planMemory({ model, lora, longest, batchTokens, memory: first.memory });
  const hours = (of: { training: number; evaluation: number }) =>
    (of.training * stepOperations(model, lora, memory.plan) + of.evaluation * forwardOperations(model)) /
    step.rate /
    3600;
  const timed = runs.map(({ name, specification }) => ({
    name,
    hours: hours(runTokens(specification, specification.steps!, tokens, rows)),
  }));
  const referenceHours = hours({
    training: referenceTokens(scale, first, tokens),
    evaluation: rows.dpo * tokens.dpo,
  });
  return {
    parameters: count(model),
    trained: lora ? adapterParameters(model, lora) : count(model),
    downloads: downloadsOf(scale, model),
    memory,
    rowTokens: tokens,
    runs: timed,
    referenceHours,
    hours: referenceHours + timed.reduce((sum, run) => sum + run.hours, 0),
  };
}

async function modelNamed({ model }: Specification): Promise<LanguageModel> {
  return modelOf((await openModel(await resolveModel(model))).config);
}

/** Mean tokens of a row, rows, and the longest row's tokens: counted where the files are here. */
async function rowsOf(
  { name, experimentName, hub }: Scale,
  specification: Specification,
): Promise<{ tokens: RowTokens; rows: { sft: number; dpo: number }; longest: number }> {
  if (hub && name === "paper")
    return {
      tokens: paperRowTokens,
      rows: paperExperiment(experimentName).model.rows,
      longest: specification.maxLength,
    };
  const { sft, dpo } = await describeData({ ...specification, tooLong: "cut" }, { sample: 0 });
  const mean = ({ tokens, rows }: NonNullable<typeof sft>) =>
    (tokens.prompt.total + tokens.response.total) / rows;
  return {
    tokens: { sft: mean(sft!), dpo: mean(dpo!) },
    rows: { sft: sft!.rows, dpo: dpo!.rows },
    longest: Math.min(specification.maxLength, Math.max(sft!.tokens.row.maximum, dpo!.tokens.row.maximum)),
  };
}

/** Tokens that θ_ref is trained on. A chosen response with its prompt has about two thirds of a pair's tokens. */
function referenceTokens(
  { referenceRun }: Scale,
  { reference, batchSize }: Specification,
  tokens: RowTokens,
): number {
  const chosen = (2 / 3) * tokens.dpo;
  if (referenceRun) return referenceRun.steps! * chosenReference.batch * chosen;
  if (typeof reference === "string") return 0;
  return reference.steps * batchSize.sft * (reference.sft === "chosen" ? chosen : tokens.sft);
}

/** The models of the paper are stored with two bytes a weight. */
function downloadsOf({ hub }: Scale, model: LanguageModel): Download[] {
  if (!hub) return [];
  const sources = new Map(hub.rows.map(({ from, kind }) => [from, kind]));
  return [
    { from: hub.model, bytes: 2 * count(model), what: "model" },
    ...[...sources].map(([from, kind]) => ({
      from,
      bytes: null,
      what: kind === "sft" ? "instructions" : "preferences",
    })),
  ];
}

function count(model: LanguageModel): number {
  let sum = 0;
  for (const shape of model.shapes.values()) sum += shape.reduce((product, n) => product * n, 1);
  return sum;
}

/** The estimate in words, for a person who decides whether to start it. */
export function estimateText(scale: Scale, estimate: Estimate, step: MeasuredStep): string {
  const { parameters, trained, downloads, memory, rowTokens, runs, referenceHours, hours } = estimate;
  const each = runs.map((run) => run.hours);
  const [shortest, longest] = [Math.min(...each), Math.max(...each)];
  const how = scale.hub ? "the means of samples of such data" : "counted in the files";
  return [
    `${scale.name}, ${scale.experimentName}: ${millions(parameters)} parameters, ${millions(trained)} of them trained`,
    ...downloads.map(
      ({ from, bytes, what }) =>
        `downloads: ${what} ${from}, ${bytes === null ? "size as the hub says" : gigabytes(bytes)}`,
    ),
    `memory: ${memory.reason}`,
    `a step measured here: ${(step.rate / 1e9).toFixed(0)} GFLOP/s (${step.tokens} tokens in ${step.seconds.toFixed(1)} s)`,
    `a row of ${rowTokens.sft.toFixed(0)} tokens (SFT) or ${rowTokens.dpo.toFixed(0)} (DPO, both responses), ${how}`,
    `hours, by the operations of a step: ${spoken(shortest)} to ${spoken(longest)} for a run; ${runs.length} runs for one seed and θ_ref (${spoken(referenceHours)}): ${spoken(hours)}`,
  ].join("\n");
}

const millions = (n: number) =>
  n >= 1e9 ? `${(n / 1e9).toFixed(2)} billion` : `${(n / 1e6).toFixed(1)} million`;
const gigabytes = (bytes: number) => `about ${(bytes / 1e9).toFixed(1)} GB`;
const spoken = (hours: number) =>
  hours < 0.1
    ? `${(60 * hours).toFixed(1)} min`
    : hours < 100
      ? `${hours.toFixed(1)} h`
      : `${(hours / 24).toFixed(0)} days`;
