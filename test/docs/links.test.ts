/** Links between the repository's own pages lead somewhere; the site's are checked when it is built (scripts/docs/anchors.mjs). */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { root } from "./pages.ts";

const tracked = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" }).trim().split("\n");
const pages = tracked.filter((page) => !page.startsWith("docs/"));

/** Anchors of a page's headings, as GitHub makes them. */
function anchors(path: string): Set<string> {
  const text = readFileSync(path, "utf8").replace(/^```[\s\S]*?^```/gm, "");
  const slugs = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-"),
  );
  return new Set(slugs);
}

test.each(pages)("%s", (page) => {
  const text = readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```/gm, "");
  const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
    if (/^[a-z]+:/.test(link!)) return [];
    const [path = "", anchor] = link!.split("#");
    const target = path === "" ? join(root, page) : normalize(join(root, dirname(page), path));
    if (!existsSync(target)) return [`${link}: no such file`];
    return anchor && target.endsWith(".md") && !anchors(target).has(anchor)
      ? [`${link}: no such heading`]
      : [];
  });
  expect(broken).toEqual([]);
});
