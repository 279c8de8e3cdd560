import type { RunSnapshot } from "./snapshot.ts";

/**
 * What a session's runs did, for whoever follows them live: a display message to a place that no output has, so that front
 * ends which know nothing of it show nothing. The front end imports types and `updated` only.
 */
export const UPDATE_MIME = "application/vnd.alright.update.v1+json";

type Series = RunSnapshot["series"];
type Values = readonly (number | null | readonly [number, number])[];

/** A column's end, from a place on: what was before it stays. */
export type ColumnUpdate =
  | { readonly from: number; readonly values: Values }
  /** Base64 of 16-bit numbers, low byte first: in how many 65,534ths of the way from `low` to `high`; 65,535 is null. */
  | { readonly from: number; readonly low: number; readonly high: number; readonly parts: string };

/** What is new of a run since its snapshot `after`. Whoever has a later one can take it, too. */
export interface RunUpdate {
  readonly after: number;
  /** The run's id and `seq`, and what has changed beside its series. */
  readonly run: Partial<Omit<RunSnapshot, "series">> & Pick<RunSnapshot, "runId" | "seq">;
  readonly series: Readonly<Record<string, ColumnUpdate>>;
}

export interface UpdateMessage {
  readonly version: 1;
  /** Runs that are new, or in another state. */
  readonly snapshots: readonly RunSnapshot[];
  readonly updates: readonly RunUpdate[];
}

/** Fewer values than these are sent as they are. */
const few = 24;
const most = 65_534;

/** @returns what takes a reader of `before` to `now`: a long stretch of numbers to a 65,534th of its range, all else exactly */
export function updateBetween(before: RunSnapshot, now: RunSnapshot): RunUpdate {
  const { runId, seq } = now;
  const { series: _, ...head } = now;
  const { series: __, ...known } = before;
  const changed = Object.entries(head).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(known[key as keyof typeof known]),
  );
  const series = Object.entries(now.series).map(([name, values]) => [
    name,
    columnUpdate(before.series[name as keyof Series] ?? [], values),
  ]);
  return {
    after: before.seq,
    run: { ...Object.fromEntries(changed), runId, seq },
    series: Object.fromEntries(series),
  };
}

function columnUpdate(before: Values, now: Values): ColumnUpdate {
  let from = 0;
  while (from < before.length && from < now.length && same(before[from]!, now[from]!)) from++;
  const values = now.slice(from);
  return packed(from, values) ?? { from, values };
}

function same(a: Values[number], b: Values[number]): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a[0] === b[0] && a[1] === b[1]);
}

/** @returns null where that would save nothing, or lose something: steps are counted, and pairs are weights */
function packed(from: number, values: Values): ColumnUpdate | null {
  if (values.length < few || values.every((value) => value === null || Number.isInteger(value))) return null;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null) continue;
    if (typeof value !== "number") return null;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  let bytes = "";
  for (const value of values as readonly (number | null)[]) {
    const part =
      value === null ? most + 1 : high > low ? Math.round(((value - low) / (high - low)) * most) : 0;
    bytes += String.fromCharCode(part & 255, part >> 8);
  }
  return { from, low, high, parts: btoa(bytes) };
}

/** @returns the run as it is now; `null` where `before` is too old for that, and a whole snapshot is needed */
export function updated(before: RunSnapshot, update: RunUpdate): RunSnapshot | null {
  if (before.seq < update.after) return null;
  const columns: [string, Values][] = [];
  for (const [name, column] of Object.entries(update.series)) {
    const known: Values = before.series[name as keyof Series] ?? [];
    if (known.length < column.from) return null;
    columns.push([
      name,
      [...known.slice(0, column.from), ...("parts" in column ? unpacked(column) : column.values)],
    ]);
  }
  return { ...before, ...update.run, series: Object.fromEntries(columns) as unknown as Series };
}

function unpacked({ low, high, parts }: Extract<ColumnUpdate, { parts: string }>): (number | null)[] {
  const bytes = atob(parts);
  return Array.from({ length: bytes.length / 2 }, (_, i) => {
    const part = bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8);
    return part > most ? null : low + (part / most) * (high - low);
  });
}
