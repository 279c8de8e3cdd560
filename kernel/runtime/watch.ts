import { Socket } from "node:net";
import { type MessagePort, workerData } from "node:worker_threads";
import { endGroup } from "./group.ts";

/**
 * The user process's second thread. It hears an interrupt while the first thread spins, and raises a flag that
 * compiled loops look at; it takes the answers to `prompt`, for which the first thread blocks; and it ends the
 * process when the kernel process is gone and the first thread can't.
 */

const { pipe, flag, answers } = workerData as { pipe: number; flag: Int32Array; answers: MessagePort };
/** How long the first thread may take to notice that the kernel process is gone, in ms: a cell may keep it busy for ever. */
const NOTICE = 1000;
/** How long it may then take to pause its runs, whose trainers also do that by themselves when this process is gone. */
const GRACE = 120_000;

let text = "";
const socket = new Socket({ fd: pipe, readable: true, writable: false });
socket.setEncoding("utf8");
socket.on("data", (chunk: string) => {
  text += chunk;
  const lines = text.split("\n");
  text = lines.pop()!;
  for (const line of lines) {
    const message = JSON.parse(line) as { interrupt?: number; input?: number };
    if (message.interrupt !== undefined) {
      Atomics.store(flag, 0, Math.max(message.interrupt, Atomics.load(flag, 0)));
    } else {
      answers.postMessage(message);
      Atomics.add(flag, 1, 1);
    }
    Atomics.notify(flag, 1);
  }
});
const end = () => {
  // Whatever runs is interrupted.
  Atomics.store(flag, 0, 0x7fffffff);
  Atomics.notify(flag, 1);
  setTimeout(() => Atomics.load(flag, 2) === 0 && endGroup(process.pid), NOTICE);
  setTimeout(() => endGroup(process.pid), GRACE);
};
socket.on("end", end);
socket.on("error", end);
