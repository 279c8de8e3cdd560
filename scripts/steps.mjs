// What the set-up's steps share: saying what is done, skipping what is done already, and failing in plain words.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const venv = join(root, ".venv");
const windows = process.platform === "win32";

/** A program of the project's own Python environment. */
export const venvProgram = (name) => join(venv, windows ? "Scripts" : "bin", windows ? `${name}.exe` : name);

/** Ends the command with a message of a few lines: what is missing, and how to mend it. */
export function fail(...lines) {
  process.stderr.write(`\n${lines.join("\n")}\n`);
  process.exit(1);
}

/** Runs a program in the repository root, its output shown; returns its exit status (null: it could not start). */
export function run(program, args, options = {}) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit", ...options });
  return status;
}

/** Runs a program quietly and returns `{ ok, output }`. */
export function ask(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  return { ok: status === 0, output: `${stdout ?? ""}${stderr ?? ""}`.trim() };
}

const leftOut = new Set(["node_modules", "dist", "lib", "labextension", "__pycache__", ".ipynb_checkpoints"]);

function* filesBelow(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) return yield path;
  for (const entry of readdirSync(path).sort()) if (!leftOut.has(entry)) yield* filesBelow(join(path, entry));
}

/** One digest of the contents of files and folders (relative to the root); any edit changes it. */
export function digest(paths, ...more) {
  const hash = createHash("sha256").update(process.version).update(more.join("\n"));
  for (const path of paths) {
    for (const file of filesBelow(join(root, path))) {
      hash.update(relative(root, file).split(sep).join("/")).update(readFileSync(file));
    }
  }
  return hash.digest("hex");
}

/**
 * Does a step unless it was done for exactly these inputs: `stamp` is the file that remembers them (relative to the root). A step that fails
 * leaves no stamp, so the next call does it again.
 */
export function once(title, stamp, key, work) {
  const file = resolve(root, stamp);
  if (existsSync(file) && readFileSync(file, "utf8") === key) return false;
  const begun = Date.now();
  process.stdout.write(`• ${title}\n`);
  work();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, key);
  process.stdout.write(`  done in ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
  return true;
}
