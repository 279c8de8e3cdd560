import type { ModelCheckpoint, TensorData } from "../checkpoints/checkpoint.ts";
import type { Example } from "../data/examples.ts";
import { loraLayers, loraParameters, modelOf } from "../models/index.ts";
import type { Parameter } from "../tensor/index.ts";
import { rowsOf, spread } from "./batch-rows.ts";
import { blockRunner } from "./block-runner.ts";
import { checkExamples, checkedTensor, checkGradient, responsesOf } from "./checks.ts";
import { rotaryTables } from "./feeds.ts";
import type { LanguageLearner, LearnerOptions, LearnerResult } from "./learner.ts";
import { mergedWeights, mergeLora } from "./merge.ts";
import { groupByBudget, pack, rowTokens, TOKEN_BUDGET } from "./packing.ts";
import { linearWeights } from "./pair-factors.ts";
import type { CutBatch } from "./runner.ts";
import { threadsFor } from "./threads.ts";
import { keptWeights, streamedWeights } from "./weight-store.ts";
import { wholeRunner } from "./whole-runner.ts";

/**
 * Logits that the head holds at a time, at most. By blocks of the vocabulary: 8 MB, which a processor's cache holds.
 * By chunks of targets, where the head is trained: 64 MB, since each chunk costs a pass over the head.
 */
const BLOCK_LOGITS = 2 ** 21;
const CHUNK_LOGITS = 2 ** 24;

/**
 * A learner for the model of a checkpoint. With `lora` the checkpoint's arrays are read in place and only the adapter
 * is trained; with `lora: null` the arrays are copied and all of them trained. Tensors that are still in their files
 * stay there where an adapter is trained, and are read layer by layer as they are needed.
 *
 * @throws ModelError where the configuration does not make a model, or the adapter does not fit it
 * @throws EngineError where the checkpoint's tensors do not fit the configuration
 */
export async function createLearner(
  checkpoint: ModelCheckpoint,
  options: LearnerOptions,
): Promise<LanguageLearner> {
  const model = modelOf(checkpoint.config);
  const { lora, seed } = options;
  const threads = threadsFor(options.threads);
  const budget = options.tokenBudget ?? TOKEN_BUDGET;
  const chunkLimit = lora
    ? Number.MAX_SAFE_INTEGER
    : Math.max(16, Math.floor(CHUNK_LOGITS / model.vocabulary));
  const layers = lora ? loraLayers(model, lora) : [];
  const weights = new Map<string, TensorData>();
  for (const [name, shape] of model.shapes) {
    const tensor = checkedTensor(checkpoint, name, shape);
    // What is trained is a copy; so is what was read for it just now.
    const own = () => ({ shape, data: tensor.stored ? tensor.data : Float32Array.from(tensor.data) });
    weights.set(name, lora ? tensor : own());
  }
  const parameters: readonly Parameter[] = lora
    ? loraParameters(layers, lora, seed)
    : [...weights].map(([name, { shape, data }]) => ({ name, shape, data }));
  const adapter = lora && { lora, layers };
  let draws = 0;
  const streamed = [...weights.values()].some(({ stored }) => stored);
  const store = streamed ? streamedWeights(weights) : keptWeights(weights);
  const runner = (streamed || options.plan === "blockwise" ? blockRunner : wholeRunner)({
    model,
    weights: store,
    parameters,
    adapter,
    seed,
    sessions: { threads, device: options.device ?? "cpu" },
    rotary: rotaryTables(model.frequencies),
    blockLogits: BLOCK_LOGITS,
  });

  /** Cut into micro-batches; responses are numbered through the whole batch. */
  function cut(examples: readonly Example[]): CutBatch {
    checkExamples(examples, model.vocabulary, model.maxLength);
    const firstResponse: number[] = [];
    let responses = 0;
    for (const example of examples) {
      firstResponse.push(responses);
      responses += example.responses.length;
    }
    const groups = groupByBudget(examples, budget);
    return {
      parts: groups.length,
      responses,
      tokens: examples.reduce((sum, example) => sum + rowTokens(example), 0),
      pack: (part) => pack(examples, groups[part]!, firstResponse, chunkLimit),
      rows: (part) => groups[part]!,
    };
  }

  return {
    parameters,
    get draws() {
      return draws;
    },
    set draws(count) {
      draws = count;
    },
    async logProbs(examples) {
      const batch = cut(examples);
      return { logProbs: await runner.logProbs(batch), tokens: batch.tokens };
    },
    async gradient(examples, objective, reference, scale, into): Promise<LearnerResult> {
      checkGradient(parameters, into);
      const part = responsesOf(examples, objective, reference);
      const { form } = objective;
      const scaled = (weights: Float64Array) => weights.map((weight) => weight * scale);
      const linear = form?.kind === "margin" ? linearWeights(form, part) : null;
      const weights = async (logProbs: Float64Array, rows?: readonly number[]) => {
        const of = rows ? rowsOf({ ...part, logProbs }, rows) : { ...part, logProbs };
        const found = scaled((await objective.value(of)).weights);
        return rows ? spread(found, part, rows) : found;
      };
      const { logProbs, tokens } = await runner.gradient(
        cut(examples),
        {
          // A linear objective's weights are the same for any log-probabilities, so zeros will do.
          known: form?.kind === "linear" ? await weights(new Float64Array(part.lengths.length)) : null,
          margin:
            form?.kind === "margin"
              ? {
                  linear: linear && scaled(linear),
                  pairs: { form, part, strength: scale / examples.length },
                }
              : null,
          weights,
        },
        into,
        draws,
      );
      draws++;
      const { loss, metrics } = await objective.value({ ...part, logProbs });
      return { loss, tokens, logProbs, ...(metrics ? { metrics } : {}) };
    },
    async merge(mergeSeed) {
      if (lora) mergeLora(store, { lora, layers, parameters }, mergeSeed);
    },
    weights() {
      if (!lora) return weights;
      return mergedWeights(store, model.shapes.keys(), { lora, layers, parameters });
    },
    dispose: () => runner.dispose(),
  };
}
