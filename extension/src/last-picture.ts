import type { IOutputModel } from "@jupyterlab/rendermime";
import type { PlotMessage } from "../../src/runs/snapshot.ts";
import { lastMessage } from "./last-message.ts";
import { plotMime } from "./mime.ts";
import type { IRunStore } from "./store-token.ts";

/** The size of the kernel's own pictures, in CSS pixels. */
const size = { width: 760, height: 440 };

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
