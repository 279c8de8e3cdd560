import { letterName, letters } from "../../src/letters.ts";
import type { Completion } from "./messages.ts";

/** The letter of a LaTeX name before the cursor, or the names that begin so; null where there is none. */
export function completeSymbol(code: string, position: number): Completion | null {
  const found = letterName(code.slice(0, position));
  if (!found) return null;
  const { start, name, letter } = found;
  if (letter !== null) return { start, end: position, items: [{ text: letter, type: "text" }] };
  const items = Object.keys(letters)
    .filter((one) => one.startsWith(name))
    .map((one) => ({ text: `\\${one}`, type: "text", help: letters[one]! }));
  return items.length > 0 ? { start, end: position, items } : null;
}
