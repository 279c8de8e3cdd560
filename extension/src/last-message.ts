import type { PlotMessage, RunSnapshot } from "../../src/runs/snapshot.ts";
import { withNewest } from "./store.ts";
import type { IRunStore } from "./store-token.ts";

const going: ReadonlySet<RunSnapshot["state"]> = new Set(["preparing", "running"]);

/**
 * The message that an output should hold at the end: the newest state of all its runs, none of which goes on; `null`
 * where the output has that already, or is none of ours.
 */
export function lastMessage(data: unknown, store: Pick<IRunStore, "get">): PlotMessage | null {
  const given = data as PlotMessage | undefined;
  if (!Array.isArray(given?.runs)) return null;
  const newest = withNewest(given, store);
  const news = newest.runs.some((run, i) => run !== given.runs[i]);
  return news && !newest.runs.some(({ state }) => going.has(state)) ? newest : null;
}
