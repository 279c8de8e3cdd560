import type { ControlReply, ControlRequest } from "../../src/runs/snapshot.ts";
import type { IRunStore } from "./store-token.ts";

/** How often a run is asked after, in ms. */
const interval = 500;
/** How many answers in a row without news end the following of a run that is not going. */
const quietAnswers = 3;

/** Answers without news so far, by the run that is followed. */
const following = new Map<string, number>();

/**
 * Asks the kernel for a run's snapshots until it has ended or is paused: after a run was resumed, or the page was
 * reloaded, no output may be left that it would update. Nothing is asked while its news come by themselves.
 * Asking again while it is followed starts its patience anew.
 */
export async function follow(
  runId: string,
  send: (request: ControlRequest) => Promise<ControlReply>,
  store: Pick<IRunStore, "get" | "receive">,
): Promise<void> {
  const already = following.has(runId);
  following.set(runId, 0);
  if (already) return;
  const seq = () => store.get(runId)?.seq;
  try {
    let heard: number | undefined;
    for (let quiet = 0; quiet < quietAnswers; quiet = following.get(runId)!) {
      following.set(runId, quiet + 1);
      const before = seq();
      const byItself = heard !== undefined && before !== heard;
      if (!byItself) {
        const reply = await send({ action: "snapshots", runId });
        if (!reply.ok) return;
        store.receive(reply.snapshots);
      }
      const run = store.get(runId);
      heard = run?.seq;
      if (byItself || heard !== before || run?.state === "running" || run?.state === "preparing")
        following.set(runId, 0);
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
  } finally {
    following.delete(runId);
  }
}
