// `npm run check`: types, lint and formatting, import directions, unused code, file sizes.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileSizes } from "./file-sizes.mjs";
import { root, run } from "./steps.mjs";

const node = (file, ...args) => run(process.execPath, [join("node_modules", file), ...args]) === 0;

/** Runs every check and returns whether all passed. */
export function check() {
  const results = {
    "types of src/ and kernel/": node("typescript/bin/tsc", "-b"),
    "types of test/ and bench/": node("typescript/bin/tsc", "-p", "test"),
    "types of extension/":
      !existsSync(join(root, "extension/tsconfig.json")) ||
      node("typescript/bin/tsc", "-p", "extension", "--noEmit"),
    "lint and formatting": node("@biomejs/biome/bin/biome", "check", "."),
    "import directions": node(
      "dependency-cruiser/bin/dependency-cruise.mjs",
      "--config",
      "scripts/import-directions.cjs",
      "src",
      "kernel",
      "extension/src",
    ),
    "unused exports, files and dependencies": node("knip/bin/knip.js"),
    "file sizes": fileSizes(),
  };
  for (const [name, ok] of Object.entries(results)) process.stdout.write(`${ok ? "✓" : "✗"} ${name}\n`);
  return Object.values(results).every(Boolean);
}

if (process.argv[1]?.endsWith("check.mjs")) process.exitCode = check() ? 0 : 1;
