/**
 * A value of a foreign file as a message shows it: JSON, cut where it gets long. Unlike `JSON.stringify` it does not go
 * deeper than it shows, so that a value nested a million times over costs nothing and overflows no stack.
 *
 * @param most characters, about
 */
export function shown(value: unknown, most = 60): string {
  let left = most;
  const write = (value: unknown, depth: number): string => {
    if (left <= 0 || depth > 8) return "…";
    if (typeof value === "object" && value !== null) {
      const isList = Array.isArray(value);
      const parts: string[] = [];
      for (const key of isList ? value.keys() : Object.keys(value)) {
        if (left <= 0) {
          parts.push("…");
          break;
        }
        const name = isList ? "" : `${text(String(key))}:`;
        parts.push(name + write((value as Record<string | number, unknown>)[key as string], depth + 1));
      }
      return isList ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
    }
    if (typeof value === "string") return text(value);
    const plain = String(value);
    left -= plain.length + 1;
    return plain;
  };
  const text = (value: string) => {
    const cut = value.length > left ? `${value.slice(0, Math.max(0, left))}…` : value;
    left -= cut.length + 3;
    return JSON.stringify(cut);
  };
  return write(value, 0);
}

/** Longer messages bury what they say. */
const longest = 2000;

/** A message with its middle left out where it is too long, as by a tensor's name of a megabyte. */
export function shortened(message: string): string {
  if (message.length <= longest) return message;
  return `${message.slice(0, longest - 500)} … ${message.slice(-400)}`;
}
