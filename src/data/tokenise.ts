import { checkTemplate, promptText, responseText } from "../text/template.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { DataError } from "./error.ts";
import type { Example, PreferenceRow, SftRow } from "./examples.ts";
import type { DataSet } from "./load.ts";

/** What becomes of a row whose prompt and longest response have more than `maxLength` tokens. */
export type TooLong = "stop" | "cut" | "skip";

export interface TokeniseOptions {
  readonly template: string;
  /** Tokens of prompt and longest response, at most; `Infinity` for no limit. */
  readonly maxLength: number;
  readonly tooLong: TooLong;
}

export interface Tokenised {
  readonly examples: readonly Example[];
  /** Rows that were too long: cut or skipped. */
  readonly tooLong: number;
}

/** One response a row. @throws DataError naming the row where one is too long (`tooLong: "stop"`) */
export function tokeniseSft(
  data: DataSet<SftRow>,
  tokenizer: Tokenizer,
  options: TokeniseOptions,
): Tokenised {
  return tokenise(data, tokenizer, options);
}

/** Two responses a row: chosen, then rejected. @throws DataError as `tokeniseSft` */
export function tokenisePreferences(
  data: DataSet<PreferenceRow>,
  tokenizer: Tokenizer,
  options: TokeniseOptions,
): Tokenised {
  return tokenise(data, tokenizer, options);
}

/** The chosen responses alone, as instruction rows: for the reference policy of the paper. */
export function chosenRows(data: DataSet<PreferenceRow>): DataSet<SftRow> {
  const kept = data.rows.map((row) => row.chosen.trim() !== "");
  const places = [...kept.keys()].filter((i) => kept[i]);
  return {
    ...data,
    rows: data.rows
      .filter((_, i) => kept[i])
      .map(({ prompt, chosen, rendered }) => ({ prompt, completion: chosen, ...(rendered && { rendered }) })),
    numbers: data.numbers.filter((_, i) => kept[i]),
    ...(data.where && { where: (i) => data.where!(places[i]!) }),
  };
}

/** The tokens of a prompt: BOS where the tokenizer has one, then the template up to the completion. */
export function encodePrompt(tokenizer: Tokenizer, template: string, prompt: string): Int32Array {
  const ids = tokenizer.encode(promptText(template, prompt));
  if (tokenizer.bos === null || ids[0] === tokenizer.bos) return ids;
  return Int32Array.of(tokenizer.bos, ...ids);
}

/** The tokens of a response: the completion right-stripped, a space, and the end token. */
export function encodeResponse(tokenizer: Tokenizer, completion: string): Int32Array {
  return tokenizer.encode(responseText(completion, tokenizer.eosText));
}

/** A row's tokens, however long; a chat template's texts are taken as they are. */
export function tokeniseRow(
  row: SftRow | PreferenceRow,
  tokenizer: Tokenizer,
  template: string,
): Pick<Example, "prompt" | "responses"> {
  const texts = "chosen" in row ? [row.chosen, row.rejected] : [row.completion];
  return row.rendered
    ? {
        prompt: tokenizer.encode(row.prompt),
        responses: texts.map((text) => encodeRendered(tokenizer, text)),
      }
    : {
        prompt: encodePrompt(tokenizer, template, row.prompt),
        responses: texts.map((text) => encodeResponse(tokenizer, text)),
      };
}

/** The template's text, which may end a message with a token of its own, and the end token where that is another one. */
function encodeRendered(tokenizer: Tokenizer, text: string): Int32Array {
  const ids = tokenizer.encode(text);
  return ids.at(-1) === tokenizer.eos ? ids : Int32Array.of(...ids, tokenizer.eos);
}

function tokenise(
  data: DataSet<SftRow | PreferenceRow>,
  tokenizer: Tokenizer,
  options: TokeniseOptions,
): Tokenised {
  checkTemplate(options.template);
  if (!(options.maxLength >= 2))
    throw new DataError(`maxLength is ${options.maxLength}; expected at least 2`);
  const examples: Example[] = [];
  let tooLong = 0;
  const where = (i: number) => data.where?.(i) ?? `${data.file}: row ${data.numbers[i]! + 1}`;
  data.rows.forEach((row, i) => {
    const number = data.numbers[i]!;
    const { prompt, responses } = tokeniseRow(row, tokenizer, options.template);
    if (prompt.length === 0)
      throw new DataError(`${where(i)}: the prompt has no tokens; give a template with some text`);
    const length = exampleLength({ prompt, responses });
    if (length <= options.maxLength) {
      examples.push({ row: number, prompt, responses });
      return;
    }
    tooLong++;
    if (options.tooLong === "stop")
      throw new DataError(
        `${where(i)} has ${length} tokens; maxLength is ${options.maxLength} (raise it, or set tooLong to "cut" or "skip")`,
      );
    if (options.tooLong === "cut")
      examples.push({ row: number, ...cutToLength({ prompt, responses }, options.maxLength, tokenizer) });
  });
  if (examples.length === 0)
    throw new DataError(
      `${data.file}: all ${tooLong} rows have more than ${options.maxLength} tokens (maxLength)`,
    );
  return { examples, tooLong };
}

/** Tokens of a row: prompt and longest response. */
export function exampleLength(example: Pick<Example, "prompt" | "responses">): number {
  return example.prompt.length + Math.max(...example.responses.map((response) => response.length));
}

/**
 * Cuts a row to `maxLength`: first the prompt's beginning (after BOS), down to half of `maxLength`; then the
 * responses' ends, where the end token stays last.
 */
export function cutToLength(
  { prompt, responses }: Pick<Example, "prompt" | "responses">,
  maxLength: number,
  tokenizer: Tokenizer,
): Pick<Example, "prompt" | "responses"> {
  const longest = Math.max(...responses.map((response) => response.length));
  const room = Math.max(Math.floor(maxLength / 2), maxLength - longest);
  let kept = prompt;
  if (prompt.length > room) {
    kept = prompt.slice(prompt.length - room);
    if (tokenizer.bos !== null && prompt[0] === tokenizer.bos) kept[0] = tokenizer.bos;
  }
  const left = maxLength - kept.length;
  return {
    prompt: kept,
    responses: responses.map((response) => {
      if (response.length <= left) return response;
      const short = response.slice(0, left);
      short[left - 1] = tokenizer.eos;
      return short;
    }),
  };
}
