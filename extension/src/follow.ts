import type { ControlReply, ControlRequest } from "../../src/runs/snapshot.ts";
import type { IRunStore } from "./store-token.ts";

/** How often a run is asked after, in ms. */
const interval = 500;
/** How many answers in a row without news end the following of a run that is not going. */
const quietAnswers = 3;

/** Answers without news so far, by the run that is followed. */
const following = new Map<string, number>();

/**
 * Asks the kernel for a run's snapshots until it has ended or is paused: after a run was resumed, no cell is left
 * whose display it would update. Asking again while it is followed starts its patience anew.
 */
export async function follow(
  runId: string,
  send: (request: ControlRequest) => Promise<ControlReply>,
  store: IRunStore,
): Promise<void> {
  const already = following.has(runId);
  following.set(runId, 0);
  if (already) return;
  try {
    for (let quiet = 0; quiet < quietAnswers; quiet = following.get(runId)!) {
      following.set(runId, quiet + 1);
      const before = store.get(runId)?.seq;
      const reply = await send({ action: "snapshots", runId });
      if (!reply.ok) return;
      store.receive(reply.snapshots);
      const run = store.get(runId);
      if (run?.seq !== before || run?.state === "running" || run?.state === "preparing")
        following.set(runId, 0);
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
  } finally {
    following.delete(runId);
  }
}
