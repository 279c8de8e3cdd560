import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { RunDirectory } from "../runs/directory.ts";
import { readSnapshot } from "../runs/list.ts";
import { readRun } from "../runs/read-run.ts";
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

/** How long a trainer whose job is gone may take to say so in its run's events, in ms. */
const grace = 10_000;

/**
 * Waits until no earlier trainer can be at work in a run's directory: one whose job was lost checkpoints and pauses by itself, which its
 * events then say. One that was killed says nothing, so the wait is short. On this machine its process is looked at, too.
 */
export async function trainerGone(path: string): Promise<void> {
  const directory = new RunDirectory(path);
  let [read, state] = [-1, "running"];
  for (let waited = 0; waited < 6 * grace; waited += 250) {
    const { size } = statSync(directory.events);
    if (size === 0) return;
    if (size !== read) ({ state } = readRun(directory).snapshot());
    read = size;
    const here = directory.liveOwner() !== null;
    if (!here && ((state !== "running" && state !== "preparing") || waited >= grace)) return;
    await sleep(250);
  }
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
