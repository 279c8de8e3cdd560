/** A piece of a magic that has a colour of its own. */
export interface MagicSpan {
  readonly from: number;
  readonly to: number;
  readonly kind: "name" | "option" | "number" | "text";
}

const assignment = /^(?:(?:const|let|var)\s+)?[\p{ID_Start}_$][\p{ID_Continue}$]*\s*(?::[^=]*)?=\s*(?=[%!])/u;
/** After `=`: a path, or a word that goes on as no negation does. */
const assignedCommand = /^!(?:(?:~|\.{1,2})?\/|[\w-]+\s+(?!(?:as|in|instanceof|satisfies)\b)[\w./~$"'-])/;
const options =
  /(?<expression>\{[^}]*\}?)|(?<key>-{0,2}[\p{ID_Start}_][\p{ID_Continue}.-]*)(?==|\s+\S|\s*$)|(?<number>-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?![\p{ID_Continue}])|(?<text>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s={]+)|=/giu;

/**
 * The coloured pieces of a line that is a magic (`%alright λ=0.5`, `const run = %mix`, `%%time`, `!ls`,
 * `const files = !ls -l`), from the line's beginning; none where it is no magic. Whether the line begins a statement is
 * the caller's to know. What stands in `{…}` is TypeScript.
 */
export function magicSpans(line: string): MagicSpan[] {
  const indent = /^\s*/.exec(line)![0].length;
  const start = indent + (assignment.exec(line.slice(indent))?.[0].length ?? 0);
  const rest = line.slice(start);
  if ((start > indent ? assignedCommand : /^!\s*[\w./~-]/).test(rest))
    return [
      { from: start, to: start + 1, kind: "name" },
      { from: start + 1, to: line.length, kind: "text" },
    ];
  const name = /^%%?[A-Za-z][\w-]*/.exec(rest)?.[0];
  if (!name || (name.startsWith("%%") && start > indent)) return [];
  const spans: MagicSpan[] = [{ from: start, to: start + name.length, kind: "name" }];
  for (const found of rest.slice(name.length).matchAll(options)) {
    const { key, number, text } = found.groups!;
    // A comment, or the next statement.
    if (found[0].startsWith("//") || found[0].startsWith(";")) break;
    const from = start + name.length + found.index;
    const kind = key ? "option" : number ? "number" : text ? "text" : null;
    if (kind) spans.push({ from, to: from + found[0].length, kind });
  }
  return spans;
}

/** The words of each line that is a magic, its name first: `["%typecheck", "off"]`. */
export function magicWords(source: string): string[][] {
  return source
    .split("\n")
    .map((line) => magicSpans(line).map(({ from, to }) => line.slice(from, to)))
    .filter(({ length }) => length > 0);
}
