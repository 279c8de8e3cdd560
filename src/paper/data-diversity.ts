import { loadModelTokenizer, resolveModel } from "../checkpoints/index.ts";
import { chatFormat, loadPreferences, loadSft, resolveData } from "../data/index.ts";
import {
  commonTokens,
  cosineSimilarity,
  nearestNeighbours,
  type TokenCounts,
  tokenCounts,
} from "../evaluation/similarity.ts";
import { PaperError } from "./error.ts";

/** A preference row beside the instruction whose prompt is nearest to its own. Similarities are cosines of token counts, 0 … 1. */
export interface NearestPrompts {
  /** Row numbers in their files, from 0. */
  readonly dpoRow: number;
  readonly sftRow: number;
  /** Of both prompts. */
  readonly prompts: number;
  /** Instructions whose prompts are as near as this one, which is the first of them. */
  readonly equallyNear: number;
  /** The part of the prompts' scalar product that comes from frequent tokens: 1 where they have nothing else in common. */
  readonly frequentShare: number;
  /** Of the chosen response y_w and the instruction's response y; of the rejected one y_l and y; of y_w and y_l. */
  readonly chosen: number;
  readonly rejected: number;
  readonly responses: number;
  readonly texts: {
    readonly dpoPrompt: string;
    readonly sftPrompt: string;
    readonly chosen: string;
    readonly rejected: string;
    readonly completion: string;
  };
}

export interface DataDiversity {
  /** One for each preference row, the most similar prompts first: the paper's ranking (i). */
  readonly pairs: readonly NearestPrompts[];
  readonly sftRows: number;
  /** Distinct tokens of the prompts, and how many of them are frequent. */
  readonly tokens: { readonly distinct: number; readonly frequent: number };
}

export interface DiversityInput {
  /** Its tokenizer counts. */
  readonly model: string;
  /** As a specification's `data`. */
  readonly data: { readonly sft: string; readonly dpo: string };
  /** Only the first rows of each set; default all. */
  readonly rows?: number;
  /** A token is frequent that occurs in at least this share of all prompts; default 0.01. */
  readonly frequent?: number;
}

/**
 * Figure 6: how alike a preference set and an instruction set are at the token level. Each preference's prompt is set beside the nearest prompt of the
 * instructions, and their responses are compared. Texts are compared as people wrote them: without template, end token or a transcript's `Human:` and `Assistant:`.
 *
 * @throws PaperError for `rows` or `frequent` out of range; DataError, CheckpointError or HubError where data or model can't be read
 */
export async function dataDiversity(input: DiversityInput): Promise<DataDiversity> {
  const { model, data, rows = Number.POSITIVE_INFINITY, frequent = 0.01 } = input;
  if (!(rows >= 1)) throw new PaperError(`dataDiversity: rows is ${rows}; expected at least 1`);
  if (!(frequent >= 0 && frequent <= 1))
    throw new PaperError(`dataDiversity: frequent is ${frequent}; expected a share, 0 to 1`);
  const tokenizer = await loadModelTokenizer(await resolveModel(model));
  const reading = { chat: chatFormat(tokenizer, "{prompt}", model) };
  const sft = await loadSft(await resolveData(data.sft), reading);
  const dpo = await loadPreferences(await resolveData(data.dpo), reading);
  const count = (text: string) => tokenCounts(tokenizer.encode(text.trim()));
  const instructions = sft.rows.slice(0, rows);
  const preferences = dpo.rows.slice(0, rows);
  const sftPrompts = instructions.map(({ prompt }) => count(prompt));
  const dpoPrompts = preferences.map(({ prompt }) => count(withoutSpeakers(prompt)));
  const often = frequentTokens([...sftPrompts, ...dpoPrompts], frequent);
  const pairs = nearestNeighbours(dpoPrompts, sftPrompts).map((found, i): NearestPrompts => {
    const preference = preferences[i]!;
    const instruction = instructions[found.index]!;
    const both = [dpoPrompts[i]!, sftPrompts[found.index]!] as const;
    const [chosen, rejected] = [count(preference.chosen), count(preference.rejected)];
    const completion = count(instruction.completion);
    const common = commonTokens(...both);
    return {
      dpoRow: dpo.numbers[i]!,
      sftRow: sft.numbers[found.index]!,
      prompts: found.similarity,
      equallyNear: found.equallyNear,
      frequentShare: common === 0 ? 0 : commonTokens(...both, (token) => often.tokens.has(token)) / common,
      chosen: cosineSimilarity(chosen, completion),
      rejected: cosineSimilarity(rejected, completion),
      responses: cosineSimilarity(chosen, rejected),
      texts: {
        dpoPrompt: preference.prompt,
        sftPrompt: instruction.prompt,
        chosen: preference.chosen,
        rejected: preference.rejected,
        completion: instruction.completion,
      },
    };
  });
  pairs.sort((a, b) => b.prompts - a.prompts || a.dpoRow - b.dpoRow);
  return {
    pairs,
    sftRows: instructions.length,
    tokens: { distinct: often.distinct, frequent: often.tokens.size },
  };
}

/** A transcript's turns as the speakers' words alone. */
function withoutSpeakers(prompt: string): string {
  return prompt.replaceAll(/(?:^|\n\n)(?:Human|Assistant):/g, "\n");
}

function frequentTokens(
  prompts: readonly TokenCounts[],
  share: number,
): { readonly tokens: ReadonlySet<number>; readonly distinct: number } {
  const prompted = new Map<number, number>();
  for (const { counts } of prompts)
    for (const token of counts.keys()) prompted.set(token, (prompted.get(token) ?? 0) + 1);
  const often = [...prompted].flatMap(([token, count]) => (count >= share * prompts.length ? [token] : []));
  return { tokens: new Set(often), distinct: prompted.size };
}
