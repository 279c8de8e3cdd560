import { createHash } from "node:crypto";
import type { Example, PreferenceRow } from "../data/examples.ts";
import {
  chatFormat,
  chosenRows,
  type DataSet,
  loadPreferences,
  loadSft,
  resolveData,
  type Split,
  split,
  type Tokenised,
  tokenisePreferences,
  tokeniseSft,
} from "../data/index.ts";
import { shortHubName } from "../hub/index.ts";
import type { Specification } from "../runs/specification.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { whileFetching } from "./hub-names.ts";
import { cachedTokens } from "./token-cache.ts";
import type { Preparation } from "./workshop.ts";

/** The data sets of a run as examples, training and evaluation rows apart. */
export interface LanguageData {
  readonly sft: Split<Example> | null;
  readonly dpo: Split<Example> | null;
  /** The preferences as rows, for a reference trained on the chosen responses. */
  readonly preferences: DataSet<PreferenceRow> | null;
  /** SHA-256 of each file. */
  readonly digests: Readonly<Record<string, string>>;
}

/**
 * Reads, tokenises and parts the specification's data sets; large ones are tokenised once for all runs. Errors name file, row and
 * problem.
 * @param modelPath the directory that the tokenizer is from; null: tokens are not kept
 */
export async function loadLanguageData(
  specification: Specification,
  tokenizer: Tokenizer,
  preparation: Preparation,
  modelPath: string | null = null,
): Promise<LanguageData> {
  const { data, onBadRow, evaluation, template, model } = specification;
  const reading = { onBadRow, chat: chatFormat(tokenizer, template, model) };
  const digests: Record<string, string> = {};
  let sft: Split<Example> | null = null;
  let dpo: Split<Example> | null = null;
  let preferences: DataSet<PreferenceRow> | null = null;
  if (data.sft !== undefined) {
    preparation.note(`reading ${shortHubName(data.sft)}`);
    const rows = await loadSft(await filesOf(data.sft, preparation), reading);
    digests.sft = rows.sha256;
    const tokenised = await cachedTokens("sft", rows, tokenizer, specification, modelPath, preparation, () =>
      tokeniseSft(rows, tokenizer, specification),
    );
    sft = split(tokenised.examples, evaluation);
    for (const note of notes("sft", rows, tokenised, specification)) preparation.note(note);
    addTemplate(digests, rows, tokenizer);
    await preparation.checkpoint();
  }
  if (data.dpo !== undefined) {
    preparation.note(`reading ${shortHubName(data.dpo)}`);
    preferences = await loadPreferences(await filesOf(data.dpo, preparation), reading);
    digests.dpo = preferences.sha256;
    const read = preferences;
    const tokenised = await cachedTokens("dpo", read, tokenizer, specification, modelPath, preparation, () =>
      tokenisePreferences(read, tokenizer, specification),
    );
    dpo = split(tokenised.examples, evaluation);
    for (const note of notes("dpo", preferences, tokenised, specification)) preparation.note(note);
    addTemplate(digests, preferences, tokenizer);
    await preparation.checkpoint();
  }
  return { sft, dpo, preferences, digests };
}

/** What became of rows that are not simply trained on as they stand in their file. */
function notes(
  name: string,
  data: DataSet<unknown>,
  { tooLong }: Tokenised,
  { maxLength, tooLong: treatment }: Specification,
): string[] {
  const { skipped, chat } = data;
  const said: string[] = [];
  if (skipped.length > 0)
    said.push(`${name}: ${rowCount(skipped.length, "bad row")} skipped; the first: ${skipped[0]}`);
  if (tooLong > 0)
    said.push(
      `${name}: ${rowCount(tooLong, "row")} longer than ${maxLength} tokens ${treatment === "cut" ? "cut" : "skipped"}`,
    );
  if (chat)
    said.push(
      `${name}: ${rowCount(chat.rows, "row")} of chat messages, written by ${chat.by === "template" ? "the specification's template: the model has no chat template" : "the model's chat template"}`,
    );
  return said;
}

function rowCount(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

/** Rows that a chat template wrote depend on it as they do on their file. */
function addTemplate(digests: Record<string, string>, data: DataSet<unknown>, { chat }: Tokenizer): void {
  if (data.chat?.by === "chat template")
    digests.chatTemplate = createHash("sha256").update(JSON.stringify(chat)).digest("hex");
}

function filesOf(name: string, preparation: Preparation): Promise<string[]> {
  return whileFetching(preparation, (options) => resolveData(name, options));
}

/** The chosen responses as instruction rows, parted as the preferences are. */
export function chosenData(
  preferences: DataSet<PreferenceRow>,
  tokenizer: Tokenizer,
  specification: Specification,
): Split<Example> {
  const { examples } = tokeniseSft(chosenRows(preferences), tokenizer, specification);
  return split(examples, specification.evaluation);
}
