import { parseJson } from "../parse-json.ts";
import type { Message } from "../text/chat-template.ts";
import { type Fields, isObject, keys, kind, type Reading, wellFormed } from "./fields.ts";

/** ShareGPT's names of who speaks, beside OpenAI's own. */
const roles: Readonly<Record<string, string>> = {
  system: "system",
  developer: "developer",
  user: "user",
  human: "user",
  assistant: "assistant",
  gpt: "assistant",
  tool: "tool",
};

const expected = `{"role", "content"} or {"from", "value"}`;

/** Whether a value is meant as messages: a list, or the object of lists that `datasets` makes of a Sequence. */
export function isMessages(value: unknown): boolean {
  return Array.isArray(value) || (isObject(value) && Array.isArray(value.role));
}

/**
 * Reads a list of messages: `role` and `content` (OpenAI's), or `from` and `value` (ShareGPT's). A content may be a list of text
 * parts. A message's other keys stay, for the chat template, unless they are null.
 *
 * @param name the row's key that has them, for messages
 */
export function readMessages(value: unknown, name: string): Reading<readonly Message[]> {
  const list = isObject(value) ? unzip(value) : value;
  if (!Array.isArray(list)) return { problem: `"${name}" is ${kind(value)}; expected a list of messages` };
  if (list.length === 0) return { problem: `"${name}" is an empty list; expected messages` };
  const messages: Message[] = [];
  for (const [i, item] of list.entries()) {
    const read = readMessage(item, `"${name}[${i}]"`);
    if ("problem" in read) return read;
    messages.push(read.row);
  }
  return { row: messages };
}

function readMessage(item: unknown, name: string): Reading<Message> {
  if (!isObject(item)) return { problem: `${name} is ${kind(item)}; expected an object ${expected}` };
  const shareGpt = !Object.hasOwn(item, "role") && Object.hasOwn(item, "from");
  const speaker = shareGpt ? item.from : item.role;
  if (speaker === undefined) return { problem: `${name} has the keys ${keys(item)}; expected ${expected}` };
  const role = typeof speaker === "string" && Object.hasOwn(roles, speaker) ? roles[speaker] : undefined;
  if (role === undefined)
    return {
      problem: `${name} has the role ${JSON.stringify(speaker)}; expected one of ${Object.keys(roles).join(", ")}`,
    };
  const others: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(item))
    if (value !== null && !["role", "content", "from", "value"].includes(key)) others[key] = value;
  const content = contentOf(shareGpt ? item.value : item.content, "tool_calls" in others, name);
  return "problem" in content ? content : { row: { role, content: content.row, ...others } };
}

function contentOf(found: unknown, called: boolean, name: string): Reading<string> {
  if (typeof found === "string") return wellFormed(found, `${name}.content`, null);
  // Where the assistant calls a tool it may say nothing.
  if (called && (found === null || found === undefined)) return { row: "" };
  if (!Array.isArray(found))
    return {
      problem: `${name}.content is ${found === undefined ? "missing" : kind(found)}; expected a text`,
    };
  let joined = "";
  for (const part of found) {
    const piece = isObject(part) && (part.type ?? "text") === "text" ? part.text : part;
    if (typeof piece !== "string")
      return {
        problem: `${name}.content has a part that is no text (${isObject(part) ? JSON.stringify(part.type) : kind(part)}); models of text alone are trained`,
      };
    joined += piece;
  }
  return wellFormed(joined, `${name}.content`, null);
}

/** `{ role: [a, b], content: [c, d] }` as the list of messages that it was. */
function unzip(lists: Fields): unknown {
  const names = Object.keys(lists).filter((key) => Array.isArray(lists[key]));
  const length = (lists.role as readonly unknown[] | undefined)?.length;
  if (length === undefined || names.some((key) => (lists[key] as readonly unknown[]).length !== length))
    return lists;
  return Array.from({ length }, (_, i) =>
    Object.fromEntries(names.map((key) => [key, (lists[key] as readonly unknown[])[i]])),
  );
}

/** The tools that a row offers: a list, or the JSON text of one; undefined where there are none. */
export function readTools(value: unknown): Reading<readonly unknown[] | undefined> {
  if (value === undefined || value === null || value === "") return { row: undefined };
  let list = value;
  if (typeof value === "string") {
    try {
      list = parseJson(value) as object;
    } catch {
      return { problem: `"tools" is a text that is not valid JSON; expected a list` };
    }
  }
  if (list === null) return { row: undefined };
  if (!Array.isArray(list)) return { problem: `"tools" is ${kind(list)}; expected a list` };
  return { row: list.length === 0 ? undefined : list };
}
