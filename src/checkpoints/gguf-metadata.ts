import { CheckpointError } from "./error.ts";
import type { GgufValue } from "./gguf-cursor.ts";

/** Reads keys of a GGUF file's metadata, with errors that name file and key, what was found and what was expected. */
export class GgufMetadata {
  readonly values: ReadonlyMap<string, GgufValue>;
  readonly file: string;

  constructor(values: ReadonlyMap<string, GgufValue>, file: string) {
    this.values = values;
    this.file = file;
  }

  fail(why: string): never {
    throw new CheckpointError(`${this.file}: ${why}`);
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  number(key: string, otherwise?: number): number {
    const found = this.values.get(key) ?? otherwise;
    return typeof found === "number" && Number.isFinite(found) ? found : this.#unexpected(key, "a number");
  }

  /** A float32 as the shortest decimal that rounds to it: 1e-5, not 0.000009999999747378752. */
  decimal(key: string, otherwise?: number): number {
    const value = this.number(key, otherwise);
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === Math.fround(value)) return short;
    }
    return value;
  }

  integer(key: string, otherwise?: number): number {
    const found = this.values.get(key) ?? otherwise;
    return Number.isSafeInteger(found) && (found as number) > 0
      ? (found as number)
      : this.#unexpected(key, "a positive integer");
  }

  /** A token's number, or undefined where the key is missing. */
  token(key: string): number | undefined {
    const found = this.values.get(key);
    if (found === undefined) return undefined;
    return Number.isSafeInteger(found) && (found as number) >= 0
      ? (found as number)
      : this.#unexpected(key, "the number of a token");
  }

  boolean(key: string, otherwise: boolean): boolean {
    const found = this.values.get(key) ?? otherwise;
    return typeof found === "boolean" ? found : this.#unexpected(key, "true or false");
  }

  text(key: string, otherwise?: string): string {
    const found = this.values.get(key) ?? otherwise;
    return typeof found === "string" ? found : this.#unexpected(key, "a text");
  }

  #unexpected(key: string, expected: string): never {
    const found = this.values.get(key);
    const shown =
      found === undefined
        ? "is missing"
        : `is ${typeof found === "object" ? `a list of ${found.length}` : JSON.stringify(typeof found === "bigint" ? String(found) : found)}`;
    return this.fail(`metadata "${key}" ${shown}; expected ${expected}`);
  }
}
