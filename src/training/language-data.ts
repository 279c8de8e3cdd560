import type { Example, PreferenceRow, SftRow } from "../data/examples.ts";
import {
  chosenRows,
  type DataSet,
  loadPreferences,
  loadSft,
  resolveData,
  type Split,
  split,
  tokenisePreferences,
  tokeniseSft,
} from "../data/index.ts";
import { shortHubName } from "../hub/index.ts";
import type { Specification } from "../runs/specification.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { whileFetching } from "./hub-names.ts";
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

/** Reads, tokenises and parts the specification's data sets. Errors name file, row and problem. */
export async function loadLanguageData(
  specification: Specification,
  tokenizer: Tokenizer,
  preparation: Preparation,
): Promise<LanguageData> {
  const { data, onBadRow, evaluation } = specification;
  const digests: Record<string, string> = {};
  let sft: Split<Example> | null = null;
  let dpo: Split<Example> | null = null;
  let preferences: DataSet<PreferenceRow> | null = null;
  if (data.sft !== undefined) {
    preparation.note(`reading ${shortHubName(data.sft)}`);
    const rows: DataSet<SftRow> = await loadSft(await filesOf(data.sft, preparation), { onBadRow });
    digests.sft = rows.sha256;
    sft = split(tokeniseSft(rows, tokenizer, specification).examples, evaluation);
    await preparation.checkpoint();
  }
  if (data.dpo !== undefined) {
    preparation.note(`reading ${shortHubName(data.dpo)}`);
    preferences = await loadPreferences(await filesOf(data.dpo, preparation), { onBadRow });
    digests.dpo = preferences.sha256;
    dpo = split(tokenisePreferences(preferences, tokenizer, specification).examples, evaluation);
    await preparation.checkpoint();
  }
  return { sft, dpo, preferences, digests };
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
