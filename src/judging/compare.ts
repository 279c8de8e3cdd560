import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { Random } from "../data/random.ts";
import { type WinRate, winRate } from "../evaluation/index.ts";
import { JudgingError } from "./error.ts";
import type { Judge } from "./judge.ts";

/** What is compared at one prompt. */
export interface ComparedResponses {
  readonly prompt: string;
  /** The model's response, and the one that it is compared with. */
  readonly response: string;
  readonly reference: string;
}

/** A verdict with what it is about: a line of the verdicts' file. */
export interface KeptVerdict extends ComparedResponses {
  readonly judge: string;
  /** Whether the judge saw the model's response first. */
  readonly modelFirst: boolean;
  /** How much the model's response is preferred: 1, 0, or ½ for a draw. */
  readonly preference: number;
  readonly said?: string | undefined;
}

const KeptVerdict: z.ZodType<KeptVerdict> = z.object({
  judge: z.string(),
  prompt: z.string(),
  response: z.string(),
  reference: z.string(),
  modelFirst: z.boolean(),
  preference: z.number().min(0).max(1),
  said: z.string().optional(),
});

export interface CompareOptions {
  /** Of the order in which a judge sees two responses, with the prompt. Default 123, AlpacaEval's. */
  readonly seed?: number;
  /** A JSONL file of verdicts: what it has of this judge is not asked again; new ones are added at once. */
  readonly verdicts?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, count: number) => void;
}

export interface Compared extends WinRate {
  readonly verdicts: readonly KeptVerdict[];
}

/**
 * Win rate of a model's responses over reference responses. The order in which the judge sees two is drawn for each
 * prompt, so that a judge's liking for a place evens out; the same prompt is always shown in the same order.
 *
 * @throws JudgingError for no responses, or a file of verdicts that can't be read
 */
export async function compareResponses(
  pairs: readonly ComparedResponses[],
  judge: Judge,
  { seed = 123, verdicts: file, signal, onProgress }: CompareOptions = {},
): Promise<Compared> {
  const known = new Map(
    (file ? readVerdicts(file) : [])
      .filter((one) => one.judge === judge.name)
      .map((one) => [keyOf(one), one]),
  );
  const verdicts: KeptVerdict[] = [];
  for (const { prompt, response, reference } of pairs) {
    signal?.throwIfAborted();
    const modelFirst = new Random(seed, "order", prompt).next() < 0.5;
    const about = { prompt, response, reference, judge: judge.name, modelFirst };
    let verdict = known.get(keyOf(about));
    if (!verdict) {
      const [first, second] = modelFirst ? [response, reference] : [reference, response];
      const said = await judge.judge({ prompt, first, second }, signal);
      const preference = modelFirst ? 1 - said.second : said.second;
      verdict = { ...about, preference, ...(said.said !== undefined && { said: said.said }) };
      known.set(keyOf(about), verdict);
      if (file) appendFileSync(file, `${JSON.stringify(verdict)}\n`);
    }
    verdicts.push(verdict);
    onProgress?.(verdicts.length, pairs.length);
  }
  const figures = winRate(
    verdicts.map(({ preference, response, reference }) => ({
      preference,
      lengths: [[...response].length, [...reference].length],
    })),
  );
  return { ...figures, verdicts };
}

const keyOf = ({ prompt, response, reference, modelFirst }: Omit<KeptVerdict, "preference" | "judge">) =>
  JSON.stringify([prompt, response, reference, modelFirst]);

/** A line that a crash cut short is left out: its comparison is asked again. */
function readVerdicts(file: string): KeptVerdict[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  if (text !== "" && !text.endsWith("\n")) appendFileSync(file, "\n");
  return text.split("\n").flatMap((line, i) => {
    if (line === "") return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return [];
    }
    const verdict = KeptVerdict.safeParse(value);
    if (!verdict.success)
      throw new JudgingError(
        `${file}:${i + 1}: no verdict (${verdict.error.issues[0]?.path.join(".")}: ${verdict.error.issues[0]?.message}); expected an object with judge, prompt, response, reference, modelFirst and preference`,
      );
    return [verdict.data];
  });
}
