import { lineEnd, skipBraces, skipString } from "./scan.ts";

/** A piece of a magic's line: a word, or an option with its value. Positions are offsets into the cell. */
export interface Argument {
  readonly start: number;
  readonly end: number;
  /** The option's name as written, without dashes; null for a word. */
  readonly key: string | null;
  /** Written `--key`. */
  readonly dashed: boolean;
  /** The literal's text, unquoted; null where there is none or where it is an expression. */
  readonly text: string | null;
  /** The literal stands in quotes: as a word it is text, never an option's name. */
  readonly quoted: boolean;
  readonly valueStart: number;
  /** Where the expression between `{` and `}` stands. */
  readonly expression: { readonly start: number; readonly end: number } | null;
  /** The expression's `{` is not closed; it goes to the end of its line. */
  readonly open: boolean;
}

export interface Arguments {
  readonly arguments: readonly Argument[];
  /** Where the magic ends: at the end of its line, before a `;` or a comment. */
  readonly end: number;
  /** A `{` that is not closed, or a line that ends in a backslash at the end of the text. */
  readonly incomplete: boolean;
}

const KEY = /[\p{ID_Start}β][\p{ID_Continue}.-]*/uy;

/** Reads a magic's arguments from `at`, the position after its name. */
export function readArguments(code: string, at: number): Arguments {
  const found: Argument[] = [];
  let end = at;
  for (;;) {
    while (code[at] === " " || code[at] === "\t" || (code[at] === "\\" && code[at + 1] === "\n")) {
      at += code[at] === "\\" ? 2 : 1;
    }
    if (at >= code.length || code[at] === "\n" || code[at] === "\r")
      return { arguments: found, end, incomplete: false };
    if (code[at] === ";" || code.startsWith("//", at)) return { arguments: found, end, incomplete: false };
    let argument = readArgument(code, at);
    // `--lambda 0.5`: the next word is the value, where it is no option itself.
    if (argument.dashed && argument.text === null && !argument.expression) {
      const next = peekValue(code, argument.end);
      if (next)
        argument = {
          ...argument,
          end: next.end,
          text: next.text,
          quoted: next.quoted,
          expression: next.expression,
          open: next.open,
          valueStart: next.valueStart,
        };
    }
    found.push(argument);
    if (argument.open) return { arguments: found, end: argument.end, incomplete: true };
    at = end = argument.end;
  }
}

/** Reads all of the line, and of those that a backslash continues, as one word. */
export function readLine(code: string, at: number): Arguments {
  let end = lineEnd(code, at);
  while (code[end - 1] === "\\" && end < code.length) end = lineEnd(code, end + 1);
  const text = code.slice(at, end).trim();
  const start = at + code.slice(at, end).search(/\S|$/);
  const word = { start, end, key: null, dashed: false, text, quoted: true, valueStart: start };
  const all = text === "" ? [] : [{ ...word, expression: null, open: false }];
  return { arguments: all, end, incomplete: text.endsWith("\\") };
}

function readArgument(code: string, start: number): Argument {
  const dashed = code.startsWith("--", start);
  const at = dashed ? start + 2 : start;
  KEY.lastIndex = at;
  const key = KEY.exec(code)?.[0] ?? null;
  if (key && code[at + key.length] === "=") {
    const value = readValue(code, at + key.length + 1);
    return { start, key, dashed, ...value };
  }
  if (dashed && key) {
    const end = at + key.length;
    return {
      start,
      end,
      key,
      dashed,
      text: null,
      quoted: false,
      valueStart: end,
      expression: null,
      open: false,
    };
  }
  return { start, key: null, dashed: false, ...readValue(code, start) };
}

type Value = Pick<Argument, "end" | "text" | "quoted" | "valueStart" | "expression" | "open">;

function readValue(code: string, at: number): Value {
  const char = code[at];
  if (char === "{") {
    const end = skipBraces(code, at);
    const open = end < 0;
    const stop = open ? lineEnd(code, at) : end;
    const expression = { start: at + 1, end: open ? stop : end - 1 };
    return { end: stop, text: null, quoted: false, valueStart: at, expression, open };
  }
  if (char === '"' || char === "'") {
    const end = skipString(code, at);
    const closed = code[end - 1] === char && end > at + 1;
    const text = code
      .slice(at + 1, closed ? end - 1 : end)
      .replace(/\\n/g, "\n")
      .replace(/\\(.)/g, "$1");
    return { end, text, quoted: true, valueStart: at, expression: null, open: false };
  }
  let end = at;
  const stop = lineEnd(code, at);
  while (end < stop && !/[\s;]/.test(code[end]!)) end++;
  return { end, text: code.slice(at, end), quoted: false, valueStart: at, expression: null, open: false };
}

function peekValue(code: string, at: number): Value | null {
  let start = at;
  while (code[start] === " " || code[start] === "\t") start++;
  if (start === at || start >= code.length || /[\n;]/.test(code[start]!) || code.startsWith("//", start))
    return null;
  const next = readArgument(code, start);
  return next.key === null ? next : null;
}
