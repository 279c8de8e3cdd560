import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A fenced block of a page: what stands after its fence, its text, and its line there. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly marks: readonly string[];
  readonly text: string;
}

/** Pages for readers: the repository's README and the site's own pages, not what is generated. */
export const pages = [
  "README.md",
  ...readdirSync(`${root}docs`, { recursive: true, encoding: "utf8" })
    .map((path) => `docs/${path.replaceAll("\\", "/")}`)
    .filter(
      (path) =>
        path.endsWith(".md") && !path.startsWith("docs/reference/") && !path.startsWith("docs/.vitepress/"),
    )
    .sort(),
];

/** The fenced blocks of a page in their order. */
export function blocksOf(page: string): Block[] {
  const found: Block[] = [];
  let open: { line: number; info: string; lines: string[] } | null = null;
  for (const [i, line] of readFileSync(`${root}${page}`, "utf8").split("\n").entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (open) {
      const [language = "", ...marks] = open.info.trim().split(/\s+/);
      found.push({ page, line: open.line, language, marks, text: open.lines.join("\n") });
      open = null;
    } else open = { line: i + 1, info: fence[1]!, lines: [] };
  }
  return found;
}
