import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { whileLocked } from "../hub/lock.ts";
import { writeDurably } from "../runs/durable.ts";
import type { Preparation } from "./workshop.ts";

/** Raised when what is cached would no longer be what this code computes. */
const cacheVersion = 1;

/** A step or a batch of rows of a large model stops the event loop for a while: how long a lock may go untouched, in ms. */
const patience = 300_000;

/** In the cache directory: a line for everything that was computed there, so that sharing can be counted. */
const workFile = "computed.jsonl";

/** What a run computed for all that need it. */
export interface ComputedOnce {
  /** `tokens-sft`, `tokens-dpo`, `reference`, `ideal-dpo`, `ideal-sft`. */
  readonly kind: string;
  readonly hash: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly seconds: number;
}

/** How a value is a file. */
export interface Codec<T> {
  readonly extension: string;
  encode(value: T): string | Uint8Array;
  decode(content: Buffer): T;
}

const json: Codec<unknown> = {
  extension: "json",
  encode: (value) => `${JSON.stringify(value, null, 2)}\n`,
  decode: (content) => JSON.parse(content.toString("utf8")),
};

/**
 * A value computed once for its key (hashed), and kept in the cache, as JSON unless its codec says otherwise. Of several processes that want it at once,
 * one computes it, and the others wait for it.
 */
export async function cached<T>(
  preparation: Preparation,
  kind: string,
  key: unknown,
  compute: () => Promise<T> | T,
  { extension, encode, decode }: Codec<T> = json as Codec<T>,
): Promise<T> {
  const { file, hash } = placeOf(preparation, kind, key, extension);
  const read = () => decode(readFileSync(file));
  if (existsSync(file)) return read();
  let told = false;
  return whileLocked(
    lockOf(file),
    new AbortController().signal,
    async () => {
      if (existsSync(file)) return read();
      const began = performance.now();
      const value = await compute();
      writeDurably(file, encode(value));
      const seconds = (performance.now() - began) / 1000;
      const line: ComputedOnce = { kind, hash, time: new Date().toISOString(), seconds };
      appendFileSync(join(preparation.cache, workFile), `${JSON.stringify(line)}\n`);
      return value;
    },
    async () => {
      if (!told) preparation.note(`waiting for another run, which computes the ${wordsOf(kind)}`);
      told = true;
      await preparation.checkpoint();
    },
    patience,
  );
}

/** Whether another process computes it now. */
export function isAtWork(preparation: Preparation, kind: string, key: unknown): boolean {
  const { file } = placeOf(preparation, kind, key);
  return !existsSync(file) && existsSync(lockOf(file));
}

/** Everything that was ever computed in a cache directory; lines that can't be read are left out. */
export function computedIn(cache: string): ComputedOnce[] {
  const file = join(cache, workFile);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as ComputedOnce];
      } catch {
        return [];
      }
    });
}

function placeOf(
  { cache }: Preparation,
  kind: string,
  key: unknown,
  extension = "json",
): { file: string; hash: string } {
  const hash = createHash("sha256")
    .update(JSON.stringify([cacheVersion, kind, key]))
    .digest("hex")
    .slice(0, 32);
  return { file: join(cache, `${kind}-${hash}.${extension}`), hash };
}

const lockOf = (file: string) => `${file}.lock`;

function wordsOf(kind: string): string {
  const words: Readonly<Record<string, string>> = {
    "tokens-sft": "tokens of data.sft",
    "tokens-dpo": "tokens of data.dpo",
    reference: "reference policy's log-probabilities",
    "ideal-dpo": "f* of DPO",
    "ideal-sft": "f* of SFT",
  };
  return words[kind] ?? kind;
}
