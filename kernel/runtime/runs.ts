import type { RunSnapshot } from "../../src/runs/snapshot.ts";
import type { Sweep } from "../../src/sweeps/index.ts";
import type { Run } from "../../src/training/run.ts";
import { currentExecution, type Execution, Interrupted } from "./execution.ts";
import { report } from "./report.ts";

/** The runs that this session started or resumed, in that order, with the cell that did. */
const runs = new Map<string, { run: Run; execution: Execution | null }>();

/** Runs whose trainer has not said anything yet. */
const starting = new WeakSet<Run>();

/** Where a run stands. Until its trainer has spoken, what is known is from its directory: to the session it is starting. */
export function snapshotOf(run: Run): RunSnapshot {
  const snapshot = run.snapshot();
  return starting.has(run) ? { ...snapshot, state: "preparing", note: "starting the trainer" } : snapshot;
}

export const stateOf = (run: Run) => snapshotOf(run).state;
export const isGoing = (run: Run) => stateOf(run) === "running" || stateOf(run) === "preparing";

/** Takes a run into the session: `%runs` and `%plot` show it, the front end's panel hears of it and steers it. */
export function addRun(run: Run): void {
  const isNew = runs.get(run.id)?.run !== run;
  runs.set(run.id, { run, execution: currentExecution() });
  if (!isNew) return;
  const tell = () => report({ type: "snapshot", snapshot: snapshotOf(run), directory: run.directory });
  const heard = () => starting.delete(run);
  starting.add(run);
  run.done.then(heard, heard);
  tell();
  run.onSnapshot(() => {
    heard();
    tell();
  });
}

/** The run goes on whatever becomes of the cell that started it. */
export function detachRun(run: Run): void {
  runs.set(run.id, { run, execution: null });
}

export function sessionRuns(): Run[] {
  return [...runs.values()].map(({ run }) => run);
}

/** A run of the session, or one of its sweeps' that goes on. */
export function findRun(id: string): Run | undefined {
  return runs.get(id)?.run ?? sweepRuns.get(id);
}

/** The sweeps that this session started or resumed. */
const sweeps = new Map<string, Sweep>();
/** Their runs that go on here. Those that have ended are on disk, and no handle is kept: a sweep may have ten thousand. */
const sweepRuns = new Map<string, Run>();

export function addSweep(sweep: Sweep): Sweep {
  sweeps.set(sweep.id, sweep);
  return sweep;
}

/** The front end's plot of the sweep can pause, stop and steer it until it has ended. */
export function addSweepRun(run: Run): void {
  sweepRuns.set(run.id, run);
  const ended = () => {
    // Tried again, it has another handle.
    if (sweepRuns.get(run.id) !== run) return;
    sweepRuns.delete(run.id);
    report({ type: "run_gone", runId: run.id });
  };
  const tell = (snapshot: RunSnapshot) => {
    if (["finished", "stopped", "failed"].includes(snapshot.state)) ended();
    else report({ type: "snapshot", snapshot, directory: run.directory });
  };
  tell(run.snapshot());
  run.onSnapshot(tell);
  run.done.catch(ended);
}

export const sessionSweeps = (): Sweep[] => [...sweeps.values()];

/** The runs that this cell started and that go on. */
export function runsOf(execution: Execution): Run[] {
  return [...runs.values()]
    .filter((one) => one.execution === execution && isGoing(one.run))
    .map(({ run }) => run);
}

/** A cell was interrupted and its runs are paused; the message says how to go on. */
export class RunPaused extends Interrupted {
  override readonly name = "RunPaused";
  constructor(paused: readonly Run[]) {
    const lines = paused.map((run) => {
      const { step, steps } = run.snapshot();
      return `run ${run.id} is paused after step ${step} of ${steps}; %resume ${run.id} goes on with it`;
    });
    super(lines.join("\n"));
    // No frames: nothing in the cell is wrong.
    this.stack = "";
  }
}

/** Pauses the runs of an interrupted cell between two steps. @returns what the cell's error then is */
export async function pauseInterrupted(execution: Execution, error: Interrupted): Promise<Interrupted> {
  const going = runsOf(execution);
  if (going.length === 0) return error;
  await Promise.allSettled(going.map((run) => run.pause()));
  return new RunPaused(going);
}

/** Checkpoints and pauses whatever still runs. */
export async function pauseRuns(): Promise<void> {
  await Promise.allSettled(
    sessionRuns()
      .filter(isGoing)
      .map((run) => run.pause()),
  );
}
