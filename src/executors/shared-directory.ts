import { statSync } from "node:fs";
import { RunDirectory } from "../runs/directory.ts";
import { readSnapshot } from "../runs/list.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import type { Ended } from "./executor.ts";

/** Least time between two looks at a run's directory, in ms. */
const interval = 2000;

/** Shows a run that another machine writes, from the directory that both see. Returns the way to end it. */
export function followDirectory(path: string, show: (snapshot: RunSnapshot) => void): () => void {
  const directory = new RunDirectory(path);
  let size = -1;
  let timer: NodeJS.Timeout | null = null;
  const look = () => {
    const began = performance.now();
    try {
      const now = statSync(directory.events).size;
      if (now !== size) show(inProgress(readSnapshot(directory)));
      size = now;
    } catch {
      // It is being written; the next look sees more.
    }
    // A long run's events take a while to read: at most a twentieth of the time goes there.
    timer = setTimeout(look, Math.max(interval, 20 * (performance.now() - began)));
    timer.unref();
  };
  look();
  return () => {
    if (timer) clearTimeout(timer);
  };
}

/** The trainer is on another machine, so that none is seen here. */
function inProgress(snapshot: RunSnapshot): RunSnapshot {
  return snapshot.state === "paused" ? { ...snapshot, state: "running", note: null } : snapshot;
}

/**
 * How a run ended whose job has ended, by its directory.
 * @param how the job ended, in words, should the run itself say nothing
 * @param pausing whether it was asked to pause
 */
export function endOf(path: string, how: string, pausing: boolean): Ended {
  const directory = new RunDirectory(path);
  const { state, note } = readSnapshot(directory);
  if ((state === "finished" || state === "stopped") && directory.readSummary())
    return { kind: "ended", state };
  if (pausing) return { kind: "ended", state: "paused" };
  if (state === "failed" && !/trainer process .* (was ended|ended with)/.test(note ?? ""))
    return { kind: "failed", error: note ?? "the run failed" };
  return { kind: "lost", error: how };
}
