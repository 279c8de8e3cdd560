import { isEvent } from "./check-event.ts";
import type { RunEvent } from "./events.ts";

/** One line of `events.jsonl`; NaN and infinities become strings. */
export function encodeEvent(event: RunEvent): string {
  return `${JSON.stringify(event, (_key, value) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  )}\n`;
}

/** How NaN and infinities stand in a line. */
const NOT_FINITE = /"(NaN|-?Infinity)"/;

/** The event of one line. */
export function decodeEvent(line: string): RunEvent {
  // A reviver is called for every value, which takes longer than parsing; and a run has an event a step.
  if (!NOT_FINITE.test(line)) return JSON.parse(line) as RunEvent;
  return JSON.parse(line, (key, value) =>
    key !== "error" && (value === "NaN" || value === "Infinity" || value === "-Infinity")
      ? Number(value)
      : value,
  ) as RunEvent;
}

/** The event of one line; null where it is none. */
export function tryDecode(line: string): RunEvent | null {
  try {
    const event: unknown = decodeEvent(line);
    return isEvent(event) ? event : null;
  } catch {
    return null;
  }
}
