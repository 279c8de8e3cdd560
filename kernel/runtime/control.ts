import type { ControlReply, ControlRequest } from "../../src/runs/snapshot.ts";
import { findRun, sessionRuns, snapshotOf } from "./runs.ts";

/** Carries out a request of the front end's panel. */
export async function answerControl(request: ControlRequest): Promise<ControlReply> {
  if (request.action === "snapshots")
    return { ok: true, snapshots: sessionRuns().map((run) => snapshotOf(run)) };
  const run = findRun(request.runId ?? "");
  if (!run)
    return {
      ok: false,
      error: `no run "${request.runId}" in this session; %resume ${request.runId} loads it`,
    };
  try {
    if (request.action === "pause") await run.pause();
    else if (request.action === "resume") await run.resume();
    else if (request.action === "stop") await run.stop();
    else await run.steer({ lambda: request.lambda ?? Number.NaN });
    return { ok: true };
  } catch (error) {
    return { ok: false, error: (error as Error).message };
  }
}
