/** Links between pages lead somewhere. Of the site's, pages and pictures; its anchors when it is built (scripts/docs/anchors.mjs). */
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

/** What the build writes: no page of the repository. */
const written = /^docs\/(reference|\.vitepress|figures)\//;

test.each(tracked.filter((page) => page.startsWith("docs/")))("%s, of the site", (page) => {
  const text = readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```/gm, "");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|^\s*link: (\S+)/gm)].map(
    ([, one, other]) => one ?? other!,
  );
  const broken = links.filter((link) => {
    const path = link.split("#")[0]!;
    if (path === "" || /^[a-z]+:/.test(link)) return false;
    const target = path.startsWith("/") ? join("docs", path) : normalize(join(dirname(page), path));
    const forms = [target, `${target}.md`, target.replace(/\.html$/, ".md"), join(target, "index.md")];
    return !written.test(target) && !forms.some((form) => existsSync(join(root, form)));
  });
  expect(broken).toEqual([]);
});
