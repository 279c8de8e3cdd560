import { setTimeout as pause } from "node:timers/promises";
import { JudgingError } from "./error.ts";
import type { Judge, JudgedPair } from "./judge.ts";

export interface EndpointOptions {
  /** Of an API that speaks OpenAI's chat completions, as `https://api.openai.com/v1`. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token. Default: the environment's `ALRIGHT_JUDGE_KEY`. */
  readonly key?: string;
  /** Tries of one question, where the endpoint is busy or fails (429, 5xx, no connection). Default 5. */
  readonly tries?: number;
  /** First wait between two tries, in ms; it doubles, unless the endpoint says how long. Default 500. */
  readonly wait?: number;
}

const TASK =
  "You compare two responses to the same prompt. Say which is the better one: more helpful, right, and to the point. " +
  "Their order and their length alone are no reasons. Reply with one word: FIRST, SECOND or TIE.";

const question = ({ prompt, first, second }: JudgedPair) =>
  `<prompt>\n${prompt}\n</prompt>\n<first>\n${first}\n</first>\n<second>\n${second}\n</second>`;

/** Asks a language model behind an OpenAI-compatible endpoint, at temperature 0. */
export function endpointJudge(options: EndpointOptions): Judge {
  const { url, model, key = process.env.ALRIGHT_JUDGE_KEY, tries = 5, wait = 500 } = options;
  const address = `${url.replace(/\/+$/, "")}/chat/completions`;
  if (!URL.canParse(address))
    throw new JudgingError(`judge: "${url}" is no address; expected one as https://api.openai.com/v1`);

  async function once(pair: JudgedPair, signal?: AbortSignal): Promise<Response> {
    return fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({
        model,
        temperature: 0,
        max_tokens: 8,
        messages: [
          { role: "system", content: TASK },
          { role: "user", content: question(pair) },
        ],
      }),
      ...(signal && { signal }),
    });
  }

  return {
    name: model,
    async judge(pair, signal) {
      let failure = "";
      for (let i = 0; i < tries; i++) {
        let delay = wait * 2 ** i;
        try {
          const response = await once(pair, signal);
          if (response.ok) return read(await response.text(), address);
          failure = `${response.status} ${(await response.text()).slice(0, 200)}`;
          if (response.status !== 429 && response.status < 500) break;
          const asked = Number(response.headers.get("retry-after"));
          if (asked > 0) delay = 1000 * asked;
        } catch (error) {
          if (signal?.aborted || error instanceof JudgingError) throw error;
          failure = String((error as Error).cause ?? error);
        }
        if (i < tries - 1) await pause(delay, undefined, signal ? { signal } : {});
      }
      throw new JudgingError(`judge: ${address} answered ${failure}; verdicts up to here are kept`);
    },
  };
}

function read(text: string, address: string) {
  let said: unknown;
  try {
    said = JSON.parse(text)?.choices?.[0]?.message?.content;
  } catch {
    // Said below.
  }
  const word =
    typeof said === "string" ? /\b(FIRST|SECOND|TIE)\b/i.exec(said)?.[1]?.toUpperCase() : undefined;
  if (typeof said !== "string" || !word)
    throw new JudgingError(
      `judge: ${address} answered "${text.slice(0, 200)}"; expected a chat completion that says FIRST, SECOND or TIE`,
    );
  return { second: { FIRST: 0, SECOND: 1, TIE: 0.5 }[word as "TIE"], said };
}

/** About how many tokens some comparisons cost, to show before they are made: four characters are about a token. */
export function judgingTokens(pairs: readonly JudgedPair[]): { input: number; output: number } {
  const characters = pairs.reduce((sum, pair) => sum + TASK.length + question(pair).length, 0);
  return { input: Math.ceil(characters / 4), output: 8 * pairs.length };
}
