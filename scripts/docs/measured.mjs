// Parts of the repository's own pages that the site repeats: measurements by their heading, the teachers' guide.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../steps.mjs";

const sections = {
  "measured-training": "training: ",
  "measured-generation": "generation: ",
  "measured-kernel": "kernel: ",
  "measured-sweep": "sweep: ",
  "measured-extension": "extension: ",
};

/** Writes docs/.vitepress/data/measured-*.md and classroom.md. @throws Error where bench/RESULTS.md has no such section */
export function measured(data) {
  const [, ...parts] = readFileSync(join(root, "bench/RESULTS.md"), "utf8").split(/^## /m);
  for (const [name, heading] of Object.entries(sections)) {
    const part = parts.find((one) => one.startsWith(heading));
    if (!part)
      throw new Error(`bench/RESULTS.md has no section "${heading}…", which docs/comparison.md shows`);
    writeFileSync(join(data, `${name}.md`), part.slice(part.indexOf("\n") + 1).trim());
  }
  const guide = readFileSync(join(root, "notebooks/assignments/README.md"), "utf8");
  writeFileSync(join(data, "classroom.md"), guide.replace(/^# .*\n+/, ""));
}
