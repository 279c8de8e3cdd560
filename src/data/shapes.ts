import type { Message } from "../text/chat-template.ts";
import { answered, type Conversation, comparison, instruction } from "./conversation.ts";
import type { PreferenceRow, SftRow } from "./examples.ts";
import { type Fields, has, isObject, keys, kind, type Reading, text } from "./fields.ts";
import { isMessages, readMessages } from "./messages.ts";
import { partTranscripts } from "./transcript.ts";

const sftShapes = `{"instruction", "input"?, "output"}, {"prompt", "completion"} or {"messages"}`;
const preferenceShapes = `{"chosen", "rejected"} transcripts or messages, or {"prompt", "chosen", "rejected"}`;

/**
 * An instruction row: alpaca (the prompt is instruction, newline, input where there is one), prompt/completion as texts or messages, or
 * chat messages (`messages`, or `conversations` as ShareGPT has them).
 */
export function readSft(value: unknown): Reading<SftRow | Conversation> {
  if (!isObject(value)) return { problem: `${kind(value)}; expected an object ${sftShapes}` };
  const chat = ["messages", "conversations"].find((key) => has(value, key) && isMessages(value[key]));
  if (chat && !has(value, "completion")) {
    const messages = readMessages(value[chat], chat);
    return "problem" in messages ? messages : instruction(messages.row, chat, value.tools);
  }
  if (has(value, "instruction")) {
    const asked = text(value, "instruction");
    const output = text(value, "output");
    const input =
      value.input === undefined || value.input === null ? { row: "" } : text(value, "input", true);
    if ("problem" in asked) return asked;
    if ("problem" in output) return output;
    if ("problem" in input) return input;
    const prompt = input.row.trim() === "" ? asked.row : `${asked.row}\n${input.row}`;
    return { row: { prompt, completion: output.row } };
  }
  if (has(value, "prompt") && !has(value, "chosen")) {
    if (isMessages(value.prompt) || isMessages(value.completion)) {
      const row = answered(value, ["completion"]);
      if ("problem" in row) return row;
      const [completion] = row.row.responses;
      return completion!.every(({ content }) => content.trim() === "")
        ? { problem: `"completion" is empty; each row needs a non-empty response` }
        : row;
    }
    const prompt = text(value, "prompt");
    const completion = text(value, "completion");
    if ("problem" in prompt) return prompt;
    if ("problem" in completion) return completion;
    return { row: { prompt: prompt.row, completion: completion.row } };
  }
  return { problem: `has the keys ${keys(value)}; expected ${sftShapes}` };
}

/**
 * A preference row: hh-rlhf transcripts, prompt/chosen/rejected as texts or messages, or chosen/rejected as messages with a common
 * beginning. One of the responses may be empty (silence).
 */
export function readPreference(value: unknown): Reading<PreferenceRow | Conversation> {
  if (!isObject(value)) return { problem: `${kind(value)}; expected an object ${preferenceShapes}` };
  if (!has(value, "chosen") && !has(value, "rejected"))
    return { problem: `has the keys ${keys(value)}; expected ${preferenceShapes}` };
  if (["prompt", "chosen", "rejected"].some((key) => isMessages(value[key]))) return preferredMessages(value);
  const chosen = text(value, "chosen", true);
  const rejected = text(value, "rejected", true);
  if ("problem" in chosen) return chosen;
  if ("problem" in rejected) return rejected;
  let row: PreferenceRow;
  if (has(value, "prompt")) {
    const prompt = text(value, "prompt");
    if ("problem" in prompt) return prompt;
    row = { prompt: prompt.row, chosen: chosen.row, rejected: rejected.row };
  } else {
    const parted = partTranscripts(chosen.row, rejected.row);
    if (typeof parted === "string") return { problem: parted };
    row = parted;
  }
  if (row.chosen.trimEnd() === row.rejected.trimEnd())
    return { problem: `"chosen" and "rejected" are the same response; a preference needs two` };
  return { row };
}

/** Messages that answer `prompt`, or whole conversations, which have their beginning in common. */
function preferredMessages(value: Fields): Reading<Conversation> {
  const sides: (readonly Message[])[] = [];
  for (const key of ["chosen", "rejected"]) {
    if (!has(value, key)) return { problem: `"${key}" is missing; the row has the keys ${keys(value)}` };
    if (!isMessages(value[key])) continue;
    const read = readMessages(value[key], key);
    if ("problem" in read) return read;
    sides.push(read.row);
  }
  const [chosen, rejected] = sides;
  const whole = (side: readonly Message[]) => side[0]!.role !== "assistant";
  if (chosen && rejected && (!has(value, "prompt") || whole(chosen) || whole(rejected)))
    return different(comparison(chosen, rejected, value.tools));
  return different(answered(value, ["chosen", "rejected"]));
}

function different(read: Reading<Conversation>): Reading<Conversation> {
  if ("problem" in read) return read;
  const [chosen, rejected] = read.row.responses.map((messages) =>
    JSON.stringify(messages.map((message) => ({ ...message, content: message.content.trimEnd() }))),
  );
  return chosen === rejected
    ? { problem: `"chosen" and "rejected" are the same response; a preference needs two` }
    : read;
}
