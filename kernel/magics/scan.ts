/** What begins a magic: `%name`, `%%name` at the start of a cell, or the `!` of a command. */
export interface MagicStart {
  readonly at: number;
  readonly name: string;
  /** The position after its name. */
  readonly nameEnd: number;
  /** Written `%%`. */
  readonly whole: boolean;
  /** Right after `=`. */
  readonly assigned: boolean;
}

const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$-]*/uy;
const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const NUMBER = /\d[\w.]*|\.\d[\w.]*/y;

type Previous = "start" | ";" | "{" | "}" | "=" | "expression" | "operator";

/** Words after which an expression, not an operator, follows. */
const PREFIX = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "delete",
  "void",
  "throw",
  "new",
  "await",
  "yield",
  "else",
  "do",
]);

/**
 * Walks over a cell's text as a scanner does (strings, templates, comments, regular expressions and brackets are
 * known) and calls `onMagic` for each magic; that says where the magic ends. A magic is `%` and a letter at the start
 * of a statement or right after `=`, outside parentheses, square brackets and templates.
 *
 * `!` begins a command at the start of a line or right after `=`, in no bracket, where a path follows, or a word that no
 * variable has.
 *
 * @param isVariable whether a name means something to TypeScript, beyond the words of this cell
 * @param goesOn whether, after an expression without `;`, a line that begins with `%name` goes on with that expression;
 *   one that is indented deeper always does
 */
export function scanMagics(
  code: string,
  goesOn: (name: string, rest: string) => boolean,
  isVariable: (name: string) => boolean,
  onMagic: (magic: MagicStart) => number,
): void {
  const brackets: string[] = [];
  const words = new Set<string>();
  let previous = "start" as Previous;
  let previousEnd = 0;
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(code)?.[0] ?? null;
  };
  const token = (kind: Previous, end: number) => {
    previous = kind;
    previousEnd = at = end;
  };

  const magicHere = (): MagicStart | null => {
    at++;
    const name = match(WORD);
    at--;
    if (!name || brackets.some((bracket) => bracket !== "{")) return null;
    const nameEnd = at + 1 + name.length;
    const here = (assigned: boolean) => ({ at, name, nameEnd, whole: false, assigned });
    if (previous === "=") return here(true);
    const line = code.lastIndexOf("\n", at - 1) + 1;
    const newLine = code.slice(line, at).trim() === "" && line >= previousEnd;
    const starts =
      previous === "start" || previous === ";" || previous === "{" || (previous === "}" && newLine);
    if (starts) return here(false);
    if (previous !== "expression" && previous !== "}") return null;
    const deeper = at - line > indentation(code, previousEnd);
    return newLine && !deeper && !goesOn(name, code.slice(nameEnd, lineEnd(code, at))) ? here(false) : null;
  };

  /** `%%time`, which only the start of a cell has. */
  const wholeHere = (): MagicStart | null => {
    WORD.lastIndex = at + 2;
    const name = previous === "start" && code[at + 1] === "%" ? WORD.exec(code)?.[0] : undefined;
    return name ? { at, name, nameEnd: at + 2 + name.length, whole: true, assigned: false } : null;
  };

  const commandHere = (): MagicStart | null => {
    if (brackets.length > 0) return null;
    const assigned = previous === "=" && !code.slice(previousEnd, at).includes("\n");
    const atStart = code.slice(code.lastIndexOf("\n", at - 1) + 1, at).trim() === "";
    if (!assigned && (!atStart || previous === "=" || previous === "operator")) return null;
    const isCommand = beginsCommand(
      code.slice(at + 1, lineEnd(code, at)),
      (word) => words.has(word) || isVariable(word),
    );
    return isCommand ? { at, name: "!", nameEnd: at + 1, whole: false, assigned } : null;
  };

  while (at < code.length) {
    const char = code[at]!;
    if (/\s/.test(char)) at++;
    else if (code.startsWith("//", at)) at = lineEnd(code, at);
    else if (code.startsWith("/*", at)) {
      const end = code.indexOf("*/", at + 2);
      at = end < 0 ? code.length : end + 2;
    } else if (char === '"' || char === "'") token("expression", skipString(code, at));
    else if (char === "`" || (char === "}" && brackets.at(-1) === "${")) {
      if (char === "}") brackets.pop();
      const end = skipTemplate(code, at + 1);
      if (code.startsWith("${", end - 2) && end <= code.length && code[end - 1] === "{") {
        brackets.push("${");
        token("operator", end);
      } else token("expression", end);
    } else if (char === "%") {
      const magic = wholeHere() ?? magicHere();
      if (magic) token(";", onMagic(magic));
      else token("operator", at + (code[at + 1] === "=" ? 2 : 1));
    } else if (char === "!") {
      const command = commandHere();
      if (command) token(";", onMagic(command));
      else token("operator", at + 1);
    } else if (char === "/" && previous !== "expression" && previous !== "}") {
      token("expression", skipRegex(code, at));
    } else {
      const word = match(IDENTIFIER);
      const number = word ? null : match(NUMBER);
      if (word) words.add(word);
      if (word) token(PREFIX.has(word) ? "operator" : "expression", at + word.length);
      else if (number) token("expression", at + number.length);
      else if ("([{".includes(char)) {
        brackets.push(char);
        token(char === "{" ? "{" : "operator", at + 1);
      } else if (")]}".includes(char)) {
        brackets.pop();
        token(char === "}" ? "}" : "expression", at + 1);
      } else if (char === ";") token(";", at + 1);
      else if (
        char === "=" &&
        !"=>".includes(code[at + 1] ?? "") &&
        !"=!<>+-*/%&|^?".includes(code[at - 1] ?? "")
      ) {
        token("=", at + 1);
      } else if ((code.startsWith("++", at) || code.startsWith("--", at)) && previous === "expression") {
        token("expression", at + 2);
      } else token("operator", at + 1);
    }
  }
}

/** Words that begin an expression, and are no commands. */
const EXPRESSION = new Set(
  "async await class delete false function import new null super this true typeof undefined void yield".split(
    " ",
  ),
);

/** Whether what follows a `!` is a command (`ls -l`, `./run.sh`) and not the rest of a negation (`done`, `(a && b)`). */
function beginsCommand(rest: string, isVariable: (name: string) => boolean): boolean {
  // A path; a regular expression goes on with more than a blank.
  if (/^(?:~|\.{1,2})?\/[\w./~+-]*(?:[\s;|&<>]|$)/.test(rest)) return true;
  const word = /^[\p{ID_Start}_][\p{ID_Continue}]*/u.exec(rest)?.[0];
  if (!word || EXPRESSION.has(word) || isVariable(word)) return false;
  return !/^[([`?]/.test(rest.slice(word.length));
}

export function lineEnd(code: string, at: number): number {
  const end = code.indexOf("\n", at);
  return end < 0 ? code.length : end;
}

function indentation(code: string, at: number): number {
  const line = code.slice(code.lastIndexOf("\n", at - 1) + 1);
  return line.length - line.trimStart().length;
}

/** The position after a quoted string (which ends with its line, if not before). */
export function skipString(code: string, at: number): number {
  const quote = code[at]!;
  for (let end = at + 1; end < code.length; end++) {
    if (code[end] === "\\") end++;
    else if (code[end] === quote) return end + 1;
    else if (code[end] === "\n") return end;
  }
  return code.length;
}

/** The position after a template's end or after its next `${`. */
function skipTemplate(code: string, at: number): number {
  for (let end = at; end < code.length; end++) {
    if (code[end] === "\\") end++;
    else if (code[end] === "`") return end + 1;
    else if (code.startsWith("${", end)) return end + 2;
  }
  return code.length;
}

function skipRegex(code: string, at: number): number {
  let inClass = false;
  for (let end = at + 1; end < code.length; end++) {
    if (code[end] === "\\") end++;
    else if (code[end] === "\n") return end;
    else if (code[end] === "[") inClass = true;
    else if (code[end] === "]") inClass = false;
    else if (code[end] === "/" && !inClass) {
      IDENTIFIER.lastIndex = end + 1;
      return end + 1 + (IDENTIFIER.exec(code)?.[0].length ?? 0);
    }
  }
  return code.length;
}

/** The position after the `}` that closes the `{` at `at`, or -1. */
export function skipBraces(code: string, at: number): number {
  let depth = 0;
  for (let end = at; end < code.length; end++) {
    const char = code[end]!;
    if (char === '"' || char === "'") end = skipString(code, end) - 1;
    else if (char === "`") end = skipWholeTemplate(code, end) - 1;
    else if (char === "{" || char === "(" || char === "[") depth++;
    else if ((char === "}" || char === ")" || char === "]") && --depth === 0) return end + 1;
  }
  return -1;
}

function skipWholeTemplate(code: string, at: number): number {
  let end = skipTemplate(code, at + 1);
  while (end < code.length && code[end - 1] === "{" && code[end - 2] === "$") {
    const close = skipBraces(code, end - 1);
    if (close < 0) return code.length;
    end = skipTemplate(code, close);
  }
  return end;
}
