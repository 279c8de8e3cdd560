// Doc comments and types as they stand in a source file, read by TypeScript's own parser.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../steps.mjs";

/** @returns a source file of the repository as TypeScript's parser sees it */
export function parsed(path) {
  return ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.ES2022, true);
}

/** A node's doc comment as one line; "" where it has none. */
export function commentOf(node) {
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "")
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}

/** Text for a cell of a table in Markdown, and for VitePress, which reads pages as Vue templates. */
export function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;");
}

/** The same as code. */
export function code(text) {
  return text === ""
    ? ""
    : `<code v-pre>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("|", "&#124;")}</code>`;
}
