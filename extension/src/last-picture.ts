import type { IOutputModel } from "@jupyterlab/rendermime";
import type { PlotMessage, RunSnapshot } from "../../src/runs/snapshot.ts";
import { plotMime } from "./mime.ts";
import { withNewest } from "./store.ts";
import type { IRunStore } from "./store-token.ts";

const going: ReadonlySet<RunSnapshot["state"]> = new Set(["preparing", "running"]);

/** The size of the kernel's own pictures, in CSS pixels. */
const size = { width: 760, height: 440 };

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

/** Draws an output's last message and writes it there, as the kernel's final message would have been. */
export async function writeLastPicture(
  output: IOutputModel,
  store: Pick<IRunStore, "get">,
): Promise<boolean> {
  const wanted = lastMessage(output.data[plotMime], store);
  if (!wanted) return false;
  const { picture, readMessage, summaryText } = await import("./drawing.ts");
  const message = readMessage(wanted);
  const png = await picture(message, size);
  // Another view of the notebook, or the kernel, may have been first.
  if (!lastMessage(output.data[plotMime], store)) return false;
  output.setData({
    data: {
      ...output.data,
      [plotMime]: message as unknown as PlotMessage & Record<string, never>,
      "image/png": png,
      "text/plain": summaryText(message),
    },
    metadata: { ...output.metadata, "image/png": size },
  });
  return true;
}
