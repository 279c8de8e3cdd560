import { freemem } from "node:os";
import { getHeapStatistics } from "node:v8";
import { memoryLimit } from "../machine-share.ts";

/** Node's longest string has some more characters (2²⁹ − 24). */
export const longestDocument = 500_000_000;

/** A line of JSON Lines that is longer is a bad row. */
export const longestLine = 64_000_000;

/**
 * How many bytes of rows may be read: half of what is free, in JavaScript's heap and in the machine. Rows are kept as strings, of one
 * byte a character where all of it is Latin-1, else of two.
 */
export function textBound(): number {
  const { heap_size_limit, used_heap_size } = getHeapStatistics();
  return Math.max(
    64_000_000,
    Math.floor(Math.min(heap_size_limit - used_heap_size, freemem(), memoryLimit() ?? freemem()) / 2),
  );
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
}
