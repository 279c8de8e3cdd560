import type { Message } from "../text/chat-template.ts";
import type { Fields, Reading } from "./fields.ts";
import { readMessages, readTools } from "./messages.ts";

/** A row of chat messages, parted: what stands before, and one or two ways to go on, each of which begins with the assistant. */
export interface Conversation {
  readonly prompt: readonly Message[];
  readonly responses: readonly (readonly Message[])[];
  readonly tools?: readonly unknown[] | undefined;
}

/**
 * A conversation as an instruction: the last message of the assistant is the completion, all before it the prompt. What comes after
 * it has no answer and is left out.
 */
export function instruction(
  messages: readonly Message[],
  name: string,
  tools: unknown,
): Reading<Conversation> {
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  if (last < 0) return { problem: `"${name}" has no message of the assistant; expected one to train on` };
  const first = messages[last]!;
  if (first.content.trim() === "" && !("tool_calls" in first))
    return { problem: `"${name}[${last}]".content is empty; each row needs a non-empty response` };
  return withTools(messages.slice(0, last), [[first]], name, tools);
}

/**
 * Two conversations with a common beginning: the prompt goes up to the last place where both go on with the assistant, as that of
 * hh-rlhf's transcripts does.
 */
export function comparison(
  chosen: readonly Message[],
  rejected: readonly Message[],
  tools: unknown,
): Reading<Conversation> {
  let common = 0;
  while (
    common < chosen.length &&
    common < rejected.length &&
    JSON.stringify(chosen[common]) === JSON.stringify(rejected[common])
  )
    common++;
  const answers = (messages: readonly Message[], at: number) =>
    at === messages.length || messages[at]!.role === "assistant";
  while (common > 0 && !(answers(chosen, common) && answers(rejected, common))) common--;
  if (common === chosen.length && common === rejected.length)
    return { problem: `"chosen" and "rejected" are the same response; a preference needs two` };
  return withTools(chosen.slice(0, common), [chosen.slice(common), rejected.slice(common)], "chosen", tools);
}

/** A prompt with the messages that answer it; either may be a text, which is then one message. */
export function answered(value: Fields, keys: readonly string[]): Reading<Conversation> {
  const prompt = messagesOr(value.prompt, "prompt", "user");
  if ("problem" in prompt) return prompt;
  const responses: (readonly Message[])[] = [];
  for (const key of keys) {
    const response = messagesOr(value[key], key, "assistant");
    if ("problem" in response) return response;
    if (response.row[0]!.role !== "assistant")
      return {
        problem: `"${key}[0]" is of the ${response.row[0]!.role}; expected the assistant's answer to "prompt"`,
      };
    responses.push(response.row);
  }
  return withTools(prompt.row, responses, "prompt", value.tools);
}

function messagesOr(value: unknown, name: string, role: string): Reading<readonly Message[]> {
  if (value === undefined) return { problem: `"${name}" is missing; expected a text or messages` };
  return typeof value === "string" ? { row: [{ role, content: value }] } : readMessages(value, name);
}

function withTools(
  prompt: readonly Message[],
  responses: readonly (readonly Message[])[],
  name: string,
  tools: unknown,
): Reading<Conversation> {
  if (!prompt.some(({ role }) => role === "user"))
    return {
      problem: `"${name}" has no message of the user before the assistant's answer; expected a prompt`,
    };
  const read = readTools(tools);
  return "problem" in read ? read : { row: { prompt, responses, tools: read.row } };
}
