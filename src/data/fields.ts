/** A row's keys with their values, not yet looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** What was read, or what is wrong with it. */
export type Reading<T> = { readonly row: T } | { readonly problem: string };

/** Every key that a row of some shape has; others are left unread. */
export const rowKeys: ReadonlySet<string> = new Set([
  "instruction",
  "input",
  "output",
  "prompt",
  "completion",
  "messages",
  "conversations",
  "tools",
  "chosen",
  "rejected",
]);

export function has(value: Fields, key: string): boolean {
  return Object.hasOwn(value, key) && value[key] !== undefined;
}

/** The text under a key; empty ones are a problem unless they may be. */
export function text(value: Fields, key: string, mayBeEmpty = false): Reading<string> {
  if (!has(value, key)) return { problem: `"${key}" is missing; the row has the keys ${keys(value)}` };
  const found = value[key];
  if (typeof found !== "string") return { problem: `"${key}" is ${kind(found)}; expected a text` };
  return wellFormed(found, `"${key}"`, mayBeEmpty ? null : isPrompt(key) ? "prompt" : "response");
}

/** @param needed what the row must have there; null where it may be empty */
export function wellFormed(found: string, name: string, needed: string | null): Reading<string> {
  if (needed !== null && found.trim() === "")
    return { problem: `${name} is empty; each row needs a non-empty ${needed}` };
  // The two halves of a character outside the basic plane come together, or the text is none that can be encoded.
  if (/\p{Surrogate}/u.test(found))
    return { problem: `${name} has half of a surrogate pair; expected valid Unicode text` };
  return { row: found };
}

export function keys(value: Fields): string {
  const all = Object.keys(value);
  const some = all.slice(0, 8).map((key) => JSON.stringify(key.slice(0, 40)));
  return all.length > 8 ? `${some.join(", ")}, …` : some.join(", ") || "none";
}

export function kind(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPrompt(key: string): boolean {
  return key === "prompt" || key === "instruction";
}
