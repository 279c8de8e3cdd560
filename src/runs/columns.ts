import { didYouMean, SpecificationError } from "./error.ts";
import type { RunRow } from "./row.ts";

/** A column of the table of runs: its name in data, its heading, and how its values are shown. */
export interface RunColumn {
  readonly key: keyof RunRow;
  readonly title: string;
  /** The data frame's type; a missing number is NaN there. */
  readonly type: "string" | "int32" | "float32";
  /** Other names that it may be asked for by. */
  readonly aliases?: readonly string[];
  readonly show?: (value: number) => string;
}

const digits = (value: number) => String(Number(value.toPrecision(4)));

/** In the order of the table. */
export const runColumns: readonly RunColumn[] = [
  { key: "name", title: "name", type: "string" },
  { key: "state", title: "state", type: "string" },
  { key: "method", title: "method", type: "string" },
  { key: "lambda", title: "λ", type: "float32", aliases: ["λ"], show: digits },
  { key: "step", title: "step", type: "int32" },
  { key: "steps", title: "of", type: "int32" },
  { key: "dpo", title: "DPO loss", type: "float32", show: digits },
  { key: "sft", title: "SFT loss", type: "float32", show: digits },
  { key: "dpoGap", title: "DPO gap", type: "float32", show: digits },
  { key: "sftGap", title: "SFT gap", type: "float32", show: digits },
  { key: "idealDistance", title: "ideal distance", type: "float32", aliases: ["distance"], show: digits },
  { key: "hypervolume", title: "hypervolume alone", type: "float32", show: digits },
  { key: "seconds", title: "time", type: "float32", aliases: ["time"], show: duration },
  { key: "peakMemory", title: "memory", type: "float32", aliases: ["memory"], show: bytes },
  { key: "tokens", title: "tokens", type: "int32" },
  { key: "model", title: "model", type: "string" },
  { key: "seed", title: "seed", type: "int32" },
  { key: "created", title: "created", type: "string" },
  { key: "directory", title: "directory", type: "string" },
  { key: "id", title: "id", type: "string" },
];

/** What a table on a page has room for. */
export const shownColumns = runColumns.filter(
  ({ key }) => !["tokens", "model", "seed", "created", "directory"].includes(key),
);

/** Seconds as `12.3 s`, `4 min 05 s` or `2 h 07 min`. */
function duration(seconds: number): string {
  if (seconds < 60) return `${digits(Number(seconds.toPrecision(3)))} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Bytes as `512 MB` or `1.24 GB` (10⁶, 10⁹). */
function bytes(value: number): string {
  return value < 1e9 ? `${Math.round(value / 1e6)} MB` : `${Number((value / 1e9).toPrecision(3))} GB`;
}

/** A value as a table shows it; nothing where it is missing. */
export function shown({ show }: RunColumn, value: string | number | null): string {
  if (value === null || Number.isNaN(value)) return "";
  return typeof value === "number" && show ? show(value) : String(value);
}

/** The column of that name, heading or alias. @throws SpecificationError with the nearest one */
function findColumn(name: string): RunColumn {
  const names = ({ key, title, aliases = [] }: RunColumn) => [key, title, ...aliases];
  const found = runColumns.find((column) =>
    names(column).some((each) => each.toLowerCase() === name.toLowerCase()),
  );
  if (found) return found;
  const known = runColumns.flatMap(({ key, aliases = [] }) => [key, ...aliases]);
  throw new SpecificationError(
    `the table of runs has no column ${JSON.stringify(name)}${didYouMean(name, known)} (it has ${runColumns.map(({ key }) => key).join(", ")})`,
  );
}

/**
 * Rows by a column, those without a value last.
 * @param by a column's name, heading or alias; with `-` before it, the largest first
 * @throws SpecificationError where there is no such column
 */
export function sortRows(rows: readonly RunRow[], by: string): RunRow[] {
  const falls = by.startsWith("-");
  const { key } = findColumn(falls ? by.slice(1) : by);
  const sign = falls ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[key], b[key]];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (typeof x === "number" ? x - (y as number) : x.localeCompare(y as string));
  });
}
