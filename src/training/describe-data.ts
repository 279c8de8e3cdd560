import { z } from "zod";
import { loadModelTokenizer, resolveModel } from "../checkpoints/index.ts";
import {
  chatFormat,
  type DataSetDescription,
  describeSet,
  loadPreferences,
  loadSft,
  resolveData,
} from "../data/index.ts";
import { SpecificationError } from "../runs/error.ts";
import { Specification } from "../runs/specification.ts";

/** Of a specification what decides how rows become tokens; only model and data are required. */
const Described = Specification.pick({
  model: true,
  data: true,
  template: true,
  maxLength: true,
  tooLong: true,
  onBadRow: true,
  evaluation: true,
});

export type DescribeDataInput = z.input<typeof Described>;

/** What there is to know of the data sets of a specification before a run is started; JSON-safe. */
export interface DataDescription {
  /** The model whose tokenizer counts. */
  readonly model: string;
  /** What a run does at a bad row. */
  readonly onBadRow: "stop" | "skip";
  /** Whether the evaluation rows are kept out of training. */
  readonly heldOut: boolean;
  readonly sft: DataSetDescription | null;
  readonly dpo: DataSetDescription | null;
}

/**
 * Reads a specification's data sets as a run on them would, and counts: rows, tokens, rows that are too long or bad, duplicates, and
 * the first rows as the model will see them. Bad rows and rows that are too long are counted whatever a run would do about them.
 *
 * @param specification or a part of it; other keys are ignored
 * @param options.sample rows to show of each set (default 3); `options.signal` ends it, with the signal's reason
 * @throws DataError, CheckpointError, TextError or SpecificationError, saying what is missing or broken
 */
export async function describeData(
  specification: DescribeDataInput,
  options: { readonly sample?: number; readonly signal?: AbortSignal } = {},
): Promise<DataDescription> {
  const parsed = Described.strip().safeParse(specification);
  if (!parsed.success) throw new SpecificationError(`describeData: ${z.prettifyError(parsed.error)}`);
  const { model, data, template, maxLength, tooLong, onBadRow, evaluation } = parsed.data;
  if (model.startsWith("toy:"))
    throw new SpecificationError(
      `describeData: ${model} has no words, and rows of its own; give a language model`,
    );
  const tokenizer = await loadModelTokenizer(await resolveModel(model));
  const reading = { onBadRow: "skip", chat: chatFormat(tokenizer, template, model) } as const;
  const how = { template, maxLength, tooLong, evaluation, ...options };
  const described = async (name: "sft" | "dpo"): Promise<DataSetDescription | null> => {
    const given = data[name];
    if (given === undefined) return null;
    const path = await resolveData(given);
    const rows = name === "sft" ? await loadSft(path, reading) : await loadPreferences(path, reading);
    options.signal?.throwIfAborted();
    return describeSet(rows, tokenizer, how);
  };
  return {
    model,
    onBadRow,
    heldOut: evaluation.heldOut,
    sft: await described("sft"),
    dpo: await described("dpo"),
  };
}
