import { isAscii } from "node:buffer";
import { createHash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { Script } from "node:vm";
import type ts from "typescript";

/**
 * TypeScript's compiler, with the bytecode that an earlier kernel made of it: what `#typescript` means in the built kernel.
 * An `import` of the package would read its nine megabytes three times over (is it a module, what does it export,
 * compile it), which takes a second; this takes a tenth of one.
 */

const require = createRequire(import.meta.url);
const file = require.resolve("typescript");
const DIGEST = 32;
/** What Node wraps a CommonJS module in. */
const HEAD = Buffer.from("(function (exports, require, module, __filename, __dirname) { ");
const TAIL = Buffer.from("\n})");

/** Where the bytecode is kept; V8 itself refuses that of another version, of other flags (the kernel sets its own), or of another text. */
function cachePath(): string {
  const { XDG_CACHE_HOME: cache } = process.env;
  const folder = cache && isAbsolute(cache) ? cache : join(homedir(), ".cache");
  const { version } = require("typescript/package.json") as { version: string };
  return join(
    folder,
    "alright-ts",
    `typescript-${version}-node-${process.version}-${process.arch}-kernel.bytecode`,
  );
}

const digest = (data: Buffer) => createHash("sha256").update(data).digest();

/** The bytecode, unless there is none or the file is damaged: V8 would run whatever it is given. */
function readBytecode(): Buffer | undefined {
  try {
    const kept = readFileSync(cachePath());
    const data = kept.subarray(DIGEST);
    return digest(data).equals(kept.subarray(0, DIGEST)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** The compiler's text in its wrapper; read into its place, since its nine megabytes are not worth copying. */
function readWrapped(): Buffer {
  const opened = openSync(file, "r");
  try {
    const { size } = fstatSync(opened);
    const text = Buffer.allocUnsafe(HEAD.length + size + TAIL.length);
    HEAD.copy(text);
    for (let at = HEAD.length; at < HEAD.length + size; ) {
      const read = readSync(opened, text, at, HEAD.length + size - at, null);
      if (read === 0)
        throw new Error(`${file} ended before its ${size} bytes were read: it is being changed`);
      at += read;
    }
    TAIL.copy(text, HEAD.length + size);
    return text;
  } finally {
    closeSync(opened);
  }
}

let script: Script | null = null;

function load(): typeof ts {
  const text = readWrapped();
  // "latin1" leaves the text outside the heap, one byte a character.
  const wrapped = text.toString(isAscii(text) ? "latin1" : "utf8");
  const cachedData = readBytecode();
  const compiled = new Script(wrapped, { filename: file, ...(cachedData && { cachedData }) });
  if (!cachedData || compiled.cachedDataRejected) script = compiled;
  const module = { exports: {} as typeof ts };
  compiled.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
}

export default load();

/**
 * Keeps the bytecode of all functions used so far, where no earlier kernel has. Without a folder to write to, every kernel
 * compiles anew.
 */
export function keepBytecode(): void {
  const compiled = script;
  script = null;
  if (!compiled) return;
  const path = cachePath();
  const made = `${path}.${process.pid}`;
  try {
    const data = compiled.createCachedData();
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(made, Buffer.concat([digest(data), data]), { mode: 0o600 });
    // Whole or not at all: other kernels may be starting.
    renameSync(made, path);
  } catch {
    try {
      rmSync(made, { force: true });
    } catch {
      // There is no such folder.
    }
  }
}
