import type { PreferenceRow, SftRow } from "./examples.ts";
import { partTranscripts } from "./transcript.ts";

type Fields = Record<string, unknown>;

/** A row's reading: the row, or what is wrong with it. */
export type Reading<T> = { readonly row: T } | { readonly problem: string };

const sftShapes = `{"instruction", "input"?, "output"} or {"prompt", "completion"}`;
const preferenceShapes = `{"chosen", "rejected"} transcripts or {"prompt", "chosen", "rejected"}`;

/** An instruction row: alpaca (the prompt is instruction, newline, input where there is one) or prompt/completion. */
export function readSft(value: unknown): Reading<SftRow> {
  if (!isObject(value)) return { problem: `${kind(value)}; expected an object ${sftShapes}` };
  if ("instruction" in value) {
    const instruction = text(value, "instruction");
    const output = text(value, "output");
    const input =
      value.input === undefined || value.input === null ? { row: "" } : text(value, "input", true);
    if ("problem" in instruction) return instruction;
    if ("problem" in output) return output;
    if ("problem" in input) return input;
    const prompt = input.row.trim() === "" ? instruction.row : `${instruction.row}\n${input.row}`;
    return { row: { prompt, completion: output.row } };
  }
  if ("prompt" in value && !("chosen" in value)) {
    const prompt = text(value, "prompt");
    const completion = text(value, "completion");
    if ("problem" in prompt) return prompt;
    if ("problem" in completion) return completion;
    return { row: { prompt: prompt.row, completion: completion.row } };
  }
  return { problem: `has the keys ${keys(value)}; expected ${sftShapes}` };
}

/** A preference row: hh-rlhf transcripts, or prompt/chosen/rejected. One of the responses may be empty (silence). */
export function readPreference(value: unknown): Reading<PreferenceRow> {
  if (!isObject(value)) return { problem: `${kind(value)}; expected an object ${preferenceShapes}` };
  if (!("chosen" in value) && !("rejected" in value))
    return { problem: `has the keys ${keys(value)}; expected ${preferenceShapes}` };
  const chosen = text(value, "chosen", true);
  const rejected = text(value, "rejected", true);
  if ("problem" in chosen) return chosen;
  if ("problem" in rejected) return rejected;
  let row: PreferenceRow;
  if ("prompt" in value) {
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

function text(value: Fields, key: string, mayBeEmpty = false): Reading<string> {
  const found = value[key];
  if (found === undefined) return { problem: `"${key}" is missing; the row has the keys ${keys(value)}` };
  if (typeof found !== "string") return { problem: `"${key}" is ${kind(found)}; expected a text` };
  if (!mayBeEmpty && found.trim() === "")
    return {
      problem: `"${key}" is empty; each row needs a non-empty ${key === "prompt" || key === "instruction" ? "prompt" : "response"}`,
    };
  return { row: found };
}

function keys(value: Fields): string {
  const all = Object.keys(value);
  const some = all.slice(0, 8).map((key) => JSON.stringify(key.slice(0, 40)));
  return all.length > 8 ? `${some.join(", ")}, …` : some.join(", ") || "none";
}

function kind(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
