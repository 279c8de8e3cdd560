import { Socket } from "node:net";
import { workerData } from "node:worker_threads";

/**
 * The user process's second thread. It hears an interrupt while the first thread spins, and raises a flag that
 * compiled loops look at; and it ends the process when the kernel process is gone and the first thread can't.
 */

const { pipe, flag } = workerData as { pipe: number; flag: Int32Array };
/** How long the first thread may take to pause its runs once the kernel process is gone, in ms. */
const GRACE = 15_000;

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
const end = () => setTimeout(() => process.kill(process.pid, "SIGKILL"), GRACE);
socket.on("end", end);
socket.on("error", end);
