// Source files are read in one sitting: none has more than 260 lines, but those below, which may not grow either.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { root } from "./steps.mjs";

const MOST = 260;
const FOLDERS = ["src", "kernel", "extension/src", "scripts", "bench"];
const SOURCE = /\.(ts|mjs|cjs|py|css)$/;
const LEFT_OUT = /(^|\/)(node_modules|dist|build|__pycache__)(\/|$)/;

/** Longer files: how long each may be, and why it is one. */
const EXCEPTIONS = {
  "bench/training.ts": [270, "one benchmark: its peers, their turns and the table"],
  "extension/src/plot-view.ts": [300, "one widget, the life of its plot in order"],
  "extension/src/run-browser/run-list.ts": [
    270,
    "one list: what is read of its runs, in which order, and when again",
  ],
  "kernel/compiler/transform.ts": [315, "one rewriter: every kind of statement of a cell in one visit"],
  "src/sweeps/scheduler.ts": [325, "one state machine of a sweep's runs"],
  "src/training/handle.ts": [275, "one run's handle: every member acts on the same state"],
  "src/training/trainer.ts": [335, "one run from its directory to its end, in that order"],
};

function* sources() {
  for (const folder of FOLDERS) {
    for (const file of readdirSync(join(root, folder), { recursive: true })) {
      const path = `${folder}/${file.split(sep).join("/")}`;
      if (SOURCE.test(path) && !LEFT_OUT.test(path) && statSync(join(root, path)).isFile()) yield path;
    }
  }
}

const lines = (path) => readFileSync(join(root, path), "utf8").trimEnd().split("\n").length;

/** Says what is too long, and which exceptions are none any more; returns whether there is nothing to say. */
export function fileSizes(say = (line) => process.stderr.write(`${line}\n`)) {
  const wrong = [];
  for (const path of sources()) {
    const [most] = EXCEPTIONS[path] ?? [MOST];
    if (lines(path) > most)
      wrong.push(
        `${path}: ${lines(path)} lines, at most ${most}; divide it (scripts/file-sizes.mjs has the rule)`,
      );
  }
  for (const path of Object.keys(EXCEPTIONS))
    if (!existsSync(join(root, path)) || lines(path) <= MOST)
      wrong.push(`${path}: needs no exception any more; take it from scripts/file-sizes.mjs`);
  for (const line of wrong) say(line);
  return wrong.length === 0;
}
