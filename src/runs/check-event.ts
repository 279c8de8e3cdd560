import type { RunEvent } from "./events.ts";

type Check = (value: unknown) => boolean;

const finite: Check = (value) => Number.isFinite(value);
const number: Check = (value) => typeof value === "number";
const text: Check = (value) => typeof value === "string";
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const each =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const point: Check = (value) => value === null || (isObject(value) && finite(value.dpo) && finite(value.sft));

/** What each kind of event has that its readers go by. Losses of steps may be NaN or infinite: such a run fails. */
const fields: Readonly<Record<RunEvent["type"], Readonly<Record<string, Check>>>> = {
  preparing: { note: text },
  started: { steps: finite, ideal: point },
  step: {
    losses: each(number),
    objective: optional(text),
    weights: optional(each(number)),
    tokens: finite,
    seconds: finite,
  },
  measured: { losses: each(number), inner: optional(list(list(number))), tokens: finite, seconds: finite },
  stage: { objective: text },
  evaluated: {
    losses: each(finite),
    theta: optional((value) => list(finite)(value) && (value as unknown[]).length === 2),
    peakMemory: optional(finite),
  },
  checkpoint: {},
  paused: { reason: text },
  resumed: { note: optional(text) },
  steered: { options: each(finite) },
  finished: { reason: text },
  failed: { error: text },
};

/** Whether a line of `events.jsonl` is an event as its readers expect it; kinds that are not known are passed over by them. */
export function isEvent(value: unknown): value is RunEvent {
  if (!isObject(value) || typeof value.type !== "string") return false;
  if (!Number.isSafeInteger(value.step) || (value.step as number) < 0) return false;
  if (!Object.hasOwn(fields, value.type)) return true;
  const expected = fields[value.type as RunEvent["type"]];
  return Object.entries(expected).every(([key, check]) => check(value[key]));
}
