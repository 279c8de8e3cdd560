import type { ControlReply, ControlRequest } from "../../src/runs/snapshot.ts";
import type { IRunStore } from "./store-token.ts";

/** How often a run is asked after, in ms. */
const interval = 500;
/** How many answers in a row without news end the following of a run that is not going. */
const quietAnswers = 3;

const following = new Set<string>();

/**
 * Asks the kernel for a run's snapshots until it has ended or is paused: after a run was resumed, no cell is left
 * whose display it would update.
 */
export async function follow(
  runId: string,
  send: (request: ControlRequest) => Promise<ControlReply>,
  store: IRunStore,
): Promise<void> {
  if (following.has(runId)) return;
  following.add(runId);
  try {
    for (let quiet = 0; quiet < quietAnswers; quiet++) {
      const before = store.get(runId)?.seq;
      const reply = await send({ action: "snapshots", runId });
      if (!reply.ok) return;
      store.receive(reply.snapshots);
      const run = store.get(runId);
      if (run?.seq !== before || run?.state === "running" || run?.state === "preparing") quiet = -1;
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
  } finally {
    following.delete(runId);
  }
}
