import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { compiledFile } from "../../src/compiled.ts";
import { currentExecution, type Execution, Interrupted } from "./execution.ts";

/** The pipe that interrupts and answers to `prompt` come on (see process.ts). */
const PIPE = 5;

/**
 * Shared with the second thread, which hears an interrupt while this one spins. `[0]`: executions up to this id are
 * interrupted (compiled loops that follow an await look at it, since no signal reaches them); `[1]`: answers to
 * `prompt` so far; `[2]`: not 0 once this thread has begun to end the process.
 */
export const stopFlag = new Int32Array(new SharedArrayBuffer(12));
const ANSWERS = 1;
const ENDING = 2;

/** An answer to a question of `prompt`. */
export interface Answer {
  readonly input: number;
  readonly value?: string;
  readonly error?: string;
}

let answers: MessagePort;

/** Starts the thread that raises the flag. */
export function watchForInterrupts(): void {
  const { port1, port2 } = new MessageChannel();
  answers = port1;
  const worker = new Worker(compiledFile("./watch.js", import.meta.url), {
    workerData: { pipe: PIPE, flag: stopFlag, answers: port2 },
    transferList: [port2],
  });
  worker.unref();
  port1.unref();
}

/** Whether a cell that runs is interrupted. Late timers of earlier cells are not meant, nor are comm messages. */
function isMeant(execution: Execution | null): boolean {
  return execution?.running === true && execution.id >= 0 && execution.id <= stopFlag[0]!;
}

/** Called by a loop that found the flag raised. @throws Interrupted where it is meant */
export function stop(): void {
  if (isMeant(currentExecution())) throw new Interrupted();
}

/** Cell `id` starts, and none runs: lowers a flag that was raised for earlier ones, so that loops run at full speed. */
export function lowerFlag(id: number): void {
  const raised = Atomics.load(stopFlag, 0);
  if (raised < id) Atomics.compareExchange(stopFlag, 0, raised, 0);
}

let thrown = 0;

/**
 * Called by whatever prints: synchronous code that no other rung of the ladder stops without losing its variables
 * ends here, once an interrupt; what it prints while it cleans up is printed.
 * @throws Interrupted
 */
export function stopWhereUnheard(): void {
  const flag = stopFlag[0]!;
  if (flag === 0 || flag === thrown) return;
  const execution = currentExecution();
  if (!isMeant(execution) || execution?.signal.aborted) return;
  thrown = flag;
  throw new Interrupted();
}

/** Blocks this thread until question `id` of `prompt` is answered. @throws Interrupted */
export function waitForAnswer(id: number): Answer {
  for (;;) {
    const count = Atomics.load(stopFlag, ANSWERS);
    for (let one = receiveMessageOnPort(answers); one; one = receiveMessageOnPort(answers)) {
      if ((one.message as Answer).input === id) return one.message as Answer;
    }
    if (isMeant(currentExecution())) throw new Interrupted();
    Atomics.wait(stopFlag, ANSWERS, count, 50);
  }
}

/** This thread ends the process itself; the second one need not. */
export function beginToEnd(): void {
  Atomics.store(stopFlag, ENDING, 1);
}
