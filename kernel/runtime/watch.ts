import { Socket } from "node:net";
import { workerData } from "node:worker_threads";

/**
 * The user process's second thread. It hears an interrupt while the first thread spins, and raises a flag that
 * compiled loops look at; and it ends the process when the kernel process is gone and the first thread can't.
 */

const { pipe, flag } = workerData as { pipe: number; flag: Int32Array };
/** How long the first thread may take to notice that the kernel process is gone, in ms: a cell may keep it busy for ever. */
const NOTICE = 1000;
/** How long it may then take to pause its runs. */
const GRACE = 120_000;

let text = "";
const socket = new Socket({ fd: pipe, readable: true, writable: false });
socket.setEncoding("utf8");
socket.on("data", (chunk: string) => {
  text += chunk;
  const lines = text.split("\n");
  text = lines.pop()!;
  const id = Number(lines.at(-1));
  if (Number.isInteger(id)) Atomics.store(flag, 0, id);
});
// Its trainers pause by themselves when this process is gone.
const kill = () => process.kill(process.pid, "SIGKILL");
const end = () =>
  setTimeout(() => (Atomics.load(flag, 1) === 1 ? setTimeout(kill, GRACE - NOTICE) : kill()), NOTICE);
socket.on("end", end);
socket.on("error", end);
