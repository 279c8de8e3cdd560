import { gunzipSync, gzipSync } from "node:zlib";
import type { Random } from "../../src/data/random.ts";
import { damageBytes } from "./damage-bytes.ts";
import { damageJson, damageJsonLines } from "./damage-json.ts";
import { damageTemplate } from "./damage-template.ts";

/** Files by their path within a directory. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A small, valid example of a format: a file, or several that belong together. */
export interface Example {
  readonly files: Files;
  /** Those that are foreign to whoever reads the format, and so get damaged. */
  readonly damaged: readonly string[];
  /** The undamaged example is none that is read, yet: it only serves to be damaged. */
  readonly refused?: true;
  /** Makes checksums fit the damaged files, so that the damage gets past them. */
  readonly reseal?: (files: Map<string, Uint8Array>) => void;
}

const ended = (name: string, ...ends: string[]) => ends.some((end) => name.endsWith(end));

/** A file damaged as its format invites it: what its text says, or its bytes. */
function damageFile(
  name: string,
  whole: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
): Uint8Array {
  const text = () => Buffer.from(whole).toString("utf8");
  const asBytes = () => damageBytes(whole, random, others);
  if (ended(name, ".gz")) {
    const inner = random.integer(2) ? uncompressed(whole) : null;
    if (!inner) return asBytes();
    return gzipSync(random.integer(100) ? damageFile(name.slice(0, -3), inner, random, []) : bomb());
  }
  if (random.integer(4) === 0) return asBytes();
  if (ended(name, ".jsonl")) return Buffer.from(damageJsonLines(text(), random));
  if (ended(name, ".json")) return Buffer.from(damageJson(text(), random));
  if (ended(name, ".safetensors") && whole.length >= 8) return damageSafetensors(whole, random);
  if (ended(name, ".jinja")) return Buffer.from(damageTemplate(text(), random));
  return asBytes();
}

/** Null where it has been damaged before. */
function uncompressed(bytes: Uint8Array): Uint8Array | null {
  try {
    return gunzipSync(bytes);
  } catch {
    return null;
  }
}

/** 64 MB of one letter, in 64 kB. */
const bomb = () => Buffer.alloc(2 ** 26, "[");

/** The header's JSON damaged, with its length made to fit, so that shapes, types and offsets lie. */
function damageSafetensors(whole: Uint8Array, random: Random): Buffer {
  const bytes = Buffer.from(whole);
  const length = Number(bytes.readBigUInt64LE());
  const header = bytes.subarray(8, 8 + length).toString("utf8");
  const damaged = Buffer.from(damageJson(header, random));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(damaged.length));
  return Buffer.concat([start, damaged, bytes.subarray(8 + length)]);
}

/** One of the examples with one of its files damaged, sometimes two. @param _number of the file in its suite */
export function damage(
  examples: readonly Example[],
  random: Random,
  _number: number,
): Map<string, Uint8Array> {
  const example = examples[random.integer(examples.length)]!;
  const files = new Map(example.files);
  do {
    const name = example.damaged[random.integer(example.damaged.length)]!;
    const alike = examples.flatMap((other) => other.files.get(name) ?? []);
    files.set(name, damageFile(name, files.get(name)!, random, alike));
  } while (random.integer(6) === 0);
  if (random.integer(60) === 0) {
    const name = example.damaged[random.integer(example.damaged.length)]!;
    files.delete(name);
    // A directory of its name, now and then.
    if (random.integer(2)) files.set(`${name}/x`, new Uint8Array());
  }
  if (random.integer(3) > 0) example.reseal?.(files);
  return files;
}
