import type { Problem } from "../compiler/diagnostics.ts";
import type { MagicInvocation } from "../runtime/messages.ts";
import { type Argument, type Arguments, readArguments, readLine } from "./arguments.ts";
import { isGlobal } from "./globals.ts";
import { type Magic, MagicError, written } from "./magic.ts";
import { optionName, readLiteral, suggestion, typeOf, unknownOption } from "./option.ts";
import { type MagicStart, scanMagics } from "./scan.ts";
import { findMagic, magics } from "./table.ts";

/** A magic in a cell, ready for the compiler. */
export interface MagicCall {
  /** What stands for it in the text that TypeScript sees. */
  readonly identifier: string;
  /** The identifier's declaration: the types of the magic's expressions and of its value. */
  readonly declaration: string;
  readonly invocation: MagicInvocation;
}

export interface Parsed {
  /** The cell with each magic replaced by an identifier or a call, and blanks, in the same place and length. */
  readonly blanked: string;
  readonly calls: readonly MagicCall[];
  readonly problems: readonly Problem[];
  /** A magic's `{` is not closed. */
  readonly incomplete: boolean;
  /** What the compiler itself is told. */
  readonly directives: { readonly typecheck?: "loose" | "strict" | "off" };
}

interface Names {
  has(name: string): boolean;
}

/** Where a magic and its arguments stand; the magic is null where none has that name. */
export interface Found {
  readonly start: MagicStart;
  readonly magic: Magic | null;
  readonly read: Arguments;
}

/** The magics in a cell's text. */
export function findMagics(code: string, session: Names): Found[] {
  const found: Found[] = [];
  const isVariable = (name: string) =>
    session.has(name) ||
    new RegExp(
      `\\b(?:let|const|var|function|class|enum|import)\\b[^;\\n]*(?<![\\w$!])${name.replace(/[$-]/g, "\\$&")}(?![\\w$])`,
    ).test(code);
  // `%run my-method` is a magic also where a variable is called `run`; `%run` alone, or before an operator, is not.
  const goesOn = (name: string, rest: string) =>
    isVariable(name) && !(findMagic(name) && /^[ \t]+[\p{ID_Start}{-]/u.test(rest));
  const known = (name: string) => isGlobal(name) || isVariable(name);
  scanMagics(code, goesOn, known, (start) => {
    const magic = findMagic(start.name);
    const read = (magic?.line ? readLine : readArguments)(code, start.nameEnd);
    found.push({ start, magic, read });
    return Math.max(read.end, start.nameEnd);
  });
  return found;
}

/**
 * Finds, checks and blanks a cell's magics.
 *
 * @param lenient leave problems out: the cell is being typed
 */
export function parseMagics(code: string, session: Names, lenient = false): Parsed {
  const problems: Problem[] = [];
  const calls: MagicCall[] = [];
  const directives: { typecheck?: "loose" | "strict" | "off" } = {};
  let blanked = code;
  let incomplete = false;
  for (const found of findMagics(code, session)) {
    const { start, magic, read } = found;
    const identifier = `$${calls.length.toString(36)}`;
    incomplete ||= read.incomplete;
    const wrong = magic ? [...misplaced(magic, start), ...validate(magic, found)] : [unknownMagic(start)];
    const open = read.arguments.find((one) => one.open);
    if (open) wrong.push(problem(open.valueStart, open.end, "this { is not closed"));
    if (!lenient) problems.push(...wrong);
    const expressions = magic ? read.arguments.filter((one) => one.expression) : [];
    blanked = blank(blanked, found, identifier, expressions);
    calls.push({
      identifier,
      declaration: declare(identifier, magic, expressions),
      invocation: invocation(found),
    });
    if (magic?.name === "typecheck" && wrong.length === 0) {
      const [mode] = read.arguments;
      if (mode?.text) directives.typecheck = mode.text as "loose";
    }
  }
  return { blanked, calls, problems, incomplete, directives };
}

/** What may be an option's name: a key, or a word that is not in quotes. */
const writtenName = (one: Argument) => one.key ?? (one.quoted ? "" : (one.text ?? ""));

function problem(start: number, end: number, message: string): Problem {
  return { start, length: end - start, code: "magic", message };
}

/** `%%` is for the magics about a whole cell. */
function misplaced(magic: Magic, { at, nameEnd, whole }: MagicStart): Problem[] {
  if (!whole || magic.cell) return [];
  const message = `%%${magic.name}: this magic is about no whole cell; write %${magic.name}`;
  return [problem(at, nameEnd, message)];
}

function unknownMagic({ at, name, nameEnd }: MagicStart): Problem {
  const near = suggestion(name, magics.keys()).replace('"', '"%');
  return problem(at, nameEnd, `no magic is called %${name}${near || "; %help lists them"}`);
}

/** Everything that can be known before the cell runs: names, and the values of literals. */
function validate(magic: Magic, { start, read }: Found): Problem[] {
  const problems: Problem[] = [];
  const { nameEnd } = start;
  const say = (one: Argument, message: string) => problems.push(problem(one.start, one.end, message));
  if (start.assigned && !magic.value)
    problems.push(
      problem(start.at, nameEnd, `%${magic.name} has no value; write it as a statement of its own`),
    );
  const open =
    magic.open === true ||
    read.arguments.some((one) => one.key !== null && optionName(magic, one.key) === magic.open);
  const words: Argument[] = [];
  const given = new Set<string>();
  for (const one of read.arguments) {
    const name = optionName(magic, writtenName(one));
    const isFlag =
      one.key === null && one.expression === null && name !== null && magic.options[name]!.type === "boolean";
    if (one.key === null && one.expression === null && name !== null && !isFlag) {
      say(one, `%${magic.name}: ${name} needs a value (${magic.options[name]!.help})`);
      continue;
    }
    if (one.key === null && !isFlag) {
      words.push(one);
      continue;
    }
    if (name === null) {
      if (!open) say(one, unknownOption(magic, one.key!));
      continue;
    }
    if (given.has(name)) say(one, `%${magic.name}: ${name} is given twice`);
    given.add(name);
    if (one.expression) continue;
    try {
      readLiteral(magic, name, isFlag ? true : (one.text ?? true));
    } catch (error) {
      if (!(error instanceof MagicError)) throw error;
      say(one, error.message);
    }
  }
  const { word } = magic;
  for (const extra of word?.many ? [] : words.slice(word ? 1 : 0))
    say(extra, unknownOption(magic, extra.text ?? "{…}"));
  for (const one of words) {
    if (word?.values && one.text !== null && !word.values.includes(one.text)) {
      say(
        one,
        `%${magic.name} ${one.text}: expected one of ${word.values.join(", ")}${suggestion(one.text, word.values)}`,
      );
    }
  }
  if (word && !word.optional && words.length === 0) {
    problems.push(problem(start.at, nameEnd, `${written(magic)} needs ${word.help}: ${magic.examples[0]}`));
  }
  return problems;
}

/** The text with the magic replaced by `$0` or `$0(expression, …)`, line breaks and expressions where they were. */
function blank(
  code: string,
  { start, read }: Found,
  identifier: string,
  expressions: readonly Argument[],
): string {
  const end = Math.max(read.end, start.nameEnd);
  const chars: string[] = code
    .slice(start.at, end)
    .split("")
    .map((char) => (char === "\n" || char === "\r" ? char : " "));
  const put = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) chars[at - start.at + i] = text[i]!;
  };
  put(start.at, identifier);
  const call = start.at + identifier.length;
  if (expressions.length > 0) put(call, "(");
  else if ((!start.assigned || start.name === "!") && call < end) put(call, ";");
  for (const [index, { expression }] of expressions.entries()) {
    put(expression!.start, code.slice(expression!.start, expression!.end));
    put(expression!.end, index + 1 < expressions.length ? "," : ")");
  }
  return code.slice(0, start.at) + chars.join("") + code.slice(end);
}

function declare(identifier: string, magic: Magic | null, expressions: readonly Argument[]): string {
  if (!magic) return `declare const ${identifier}: any;`;
  const value = magic.value ?? "void";
  if (expressions.length === 0) return `declare const ${identifier}: ${value};`;
  const parameters = expressions.map((one, index) => {
    const name = one.key === null ? null : optionName(magic, one.key);
    return `${name ? name.replace(/\W/g, "_") : `value${index}`}: ${name ? typeOf(magic.options[name]!) : "unknown"}`;
  });
  return `declare function ${identifier}(${parameters.join(", ")}): ${value};`;
}

function invocation({ start, magic, read }: Found): MagicInvocation {
  const words: string[] = [];
  const options: Record<string, string | true> = {};
  const expressions: string[] = [];
  for (const one of read.arguments) {
    const name = magic && optionName(magic, writtenName(one));
    const key = one.key === null ? null : (name ?? one.key);
    if (one.expression) expressions.push(key ?? "");
    else if (key !== null) options[key] = one.text ?? true;
    else if (name && magic.options[name]!.type === "boolean") options[name] = true;
    else words.push(one.text ?? "");
  }
  return { name: start.name, words, options, expressions, assigned: start.assigned };
}
