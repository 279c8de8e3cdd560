import { Worker } from "node:worker_threads";
import { compiledFile } from "../../src/compiled.ts";
import { currentExecution, Interrupted } from "./execution.ts";

/** The pipe that interrupts come on (see process.ts). */
const PIPE = 5;

/**
 * The id of the interrupted execution, or 0: what loops look at that no signal reaches, since they follow an await. And
 * whether this process has heard that it is to end.
 */
export const stopFlag = new Int32Array(new SharedArrayBuffer(8));

/** Says that the process ends by itself, so that the thread gives it time to pause its runs. */
export function isEnding(): void {
  Atomics.store(stopFlag, 1, 1);
}

/** Starts the thread that raises the flag. */
export function watchForInterrupts(): void {
  const worker = new Worker(compiledFile("./watch.js", import.meta.url), {
    workerData: { pipe: PIPE, flag: stopFlag },
  });
  worker.unref();
}

/** Called by a loop that found the flag raised. @throws Interrupted where it is meant */
export function stop(): void {
  const id = stopFlag[0];
  if (currentExecution()?.id === id) throw new Interrupted();
  // Meant for a cell that has ended.
  Atomics.compareExchange(stopFlag, 0, id!, 0);
}
