import { writeSync } from "node:fs";
import { frame } from "./frames.ts";
import type { Report } from "./messages.ts";

/** The pipe to the kernel process (see process.ts). */
const PIPE = 4;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Sends a report. The pipe blocks when it is full: a cell that prints faster than the kernel can pass on waits
 * instead of filling the memory.
 */
export function report(message: Report): void {
  const bytes = frame(message);
  let sent = 0;
  while (sent < bytes.length) {
    try {
      sent += writeSync(PIPE, bytes, sent);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return; // The kernel process is gone; "disconnect" ends this one.
      if (code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
