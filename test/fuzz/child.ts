/**
 * The process that reads damaged files, one after the other, and says how each ended: `child.js SEED FORMAT FROM TO`, or
 * `child.js FORMAT DIRECTORY` for one that is kept in a directory. Which file is which follows from seed, format and
 * number alone.
 */
import { mkdirSync, mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../../src/data/random.ts";
import { broken } from "./broken.ts";
import { readTree, writeTree } from "./corpus/tree.ts";
import { damage, type Files } from "./damage.ts";
import { complaint } from "./errors.ts";
import type { Format } from "./formats.ts";
import type { Said } from "./said.ts";
import type { FormatName } from "./shares.ts";

/** Limits of one file: processor time in ms, and resident memory in bytes above what the readers take undamaged. */
const longest = 2000;
const largest = 512 * 2 ** 20;

// Not process.send: what was said must have arrived when the process dies of the next file.
const say = (what: Said) => void writeSync(1, `${JSON.stringify(what)}\n`);
console.log = console.warn = () => {};
const peak = () => process.resourceUsage().maxRSS * 1024;

/** The readers are loaded only where one is wanted: with them comes most of the library. */
async function formatOf(name: string): Promise<Format> {
  if (name === "broken") return broken;
  const { formats } = await import("./formats.ts");
  return formats[name as FormatName];
}

let stray: unknown = null;
process.on("unhandledRejection", (error) => {
  stray = error;
});

/** Reads a case, and answers how it ended and what is wrong with that. */
async function read(
  { read }: Format,
  files: Files,
  directory: string,
): Promise<{ end: string; wrong: string | null }> {
  stray = null;
  const started = process.cpuUsage();
  let end = "read";
  let wrong: string | null = null;
  try {
    await read(directory);
  } catch (error) {
    end = error instanceof Error ? error.name : typeof error;
    wrong = complaint(error, directory, [...files.keys()]);
  }
  await new Promise((resolve) => setImmediate(resolve));
  const { user, system } = process.cpuUsage(started);
  const took = Math.round((user + system) / 1000);
  if (stray) wrong ??= `left a rejected promise: ${stray instanceof Error ? stray.stack : String(stray)}`;
  if (took > longest) wrong ??= `took ${took} ms (and ended: ${end})`;
  if (({} as { polluted?: unknown }).polluted !== undefined) wrong ??= "polluted Object.prototype";
  return { end, wrong };
}

async function inDirectory<T>(files: Files, use: (directory: string) => Promise<T>): Promise<T> {
  const place = mkdtempSync(join(tmpdir(), "alright-fuzz-"));
  const directory = join(place, "case");
  mkdirSync(directory);
  try {
    writeTree(directory, files);
    return await use(directory);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

async function readMany(seed: number, name: string, from: number, to: number): Promise<void> {
  const format = await formatOf(name);
  const examples = await format.examples();
  // What the readers load when first used (danfojs: more than a second) is no file's own time.
  for (const { files } of examples) await inDirectory(files, (directory) => read(format, files, directory));
  for (const { files, refused } of examples) {
    const { end, wrong } = await inDirectory(files, (directory) => read(format, files, directory));
    if (wrong !== null || (!refused && !end.startsWith("read")))
      say({ type: "undamaged", wrong: wrong ?? end });
  }
  const base = peak();
  say({ type: "ready", base });
  for (let number = from; number < to; number++) {
    const files = (format.damage ?? damage)(examples, new Random(seed, name, number), number);
    await inDirectory(files, async (directory) => {
      say({ type: "begin", number });
      const { end, wrong } = await read(format, files, directory);
      // The peak only grows: the first file that is over the limit is the one that took it.
      const memory = peak() - base;
      const large = memory > largest ? `took ${Math.round(memory / 2 ** 20)} MB` : null;
      say({ type: "end", number, end, wrong: wrong ?? large, memory });
      if (large) process.exit(0);
    });
  }
  say({ type: "done" });
}

/** The files that a number stands for, into a directory, for whoever wants to look. */
async function keep(seed: number, name: string, number: number, directory: string): Promise<void> {
  const format = await formatOf(name);
  const files = (format.damage ?? damage)(await format.examples(), new Random(seed, name, number), number);
  mkdirSync(directory, { recursive: true });
  writeTree(directory, files);
}

const args = process.argv.slice(2);
if (args[0] === "keep") await keep(Number(args[1]), args[2]!, Number(args[3]), args[4]!);
else if (args.length === 2) {
  const files = readTree(args[1]!);
  const format = await formatOf(args[0]!);
  const result = await inDirectory(files, (directory) => read(format, files, directory));
  process.stdout.write(
    `${result.end}\n${result.wrong ?? "as it should"}\npeak memory ${Math.round(peak() / 2 ** 20)} MB\n`,
  );
} else await readMany(Number(args[0]), args[1]!, Number(args[2]), Number(args[3]));
process.exit(0);
