import type { IRunStore } from "./store-token.ts";

/** Runs that were under way in the last message of a sweep's plot, by its display id. */
const going = new Map<string, readonly string[]>();

/**
 * A sweep's plot has its runs for as long as they go on, and then a point for all of their configuration: one that is in it no
 * more has ended, and nothing else says so.
 */
export function forgetEnded(
  { view, runs }: { readonly view?: unknown; readonly runs?: unknown },
  displayId: string | undefined,
  store: Pick<IRunStore, "get" | "forget">,
): void {
  if (view !== "front" || displayId === undefined || !Array.isArray(runs)) return;
  const all = new Set(runs.map((run) => run?.runId as string));
  const gone = (going.get(displayId) ?? []).filter((runId) => !all.has(runId));
  const under = [...all].filter((runId) => underWay.has(store.get(runId)?.state));
  if (under.length > 0) going.set(displayId, under);
  else going.delete(displayId);
  if (gone.length > 0) store.forget(gone);
}

const underWay = new Set<string | undefined>(["preparing", "running", "paused"]);
