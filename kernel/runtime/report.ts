import { writeSync } from "node:fs";
import { MALLOC } from "../spec.ts";
import { sendPackets } from "./frames.ts";
import { mark } from "./merge.ts";
import type { Report } from "./messages.ts";

/** The pipe to the kernel process (see process.ts). */
const PIPE = 4;
/** What the kernel process knows this process's marks by; no child process needs it. */
const token = process.env.ALRIGHT_MARK ?? "";
delete process.env.ALRIGHT_MARK;
// The C library has read it; what cells start, the training of models too, keeps its own ways.
for (const name of Object.keys(MALLOC)) delete process.env[name];

const pause = new Int32Array(new SharedArrayBuffer(4));
let marks = 0;
let marksAll = false;

/** From now on printed text is marked too: see merge.ts. */
export function markEverything(): void {
  marksAll = true;
}

/** What a reader sees must stand in order with what child processes and native code write. */
function isOrdered({ type }: Report): boolean {
  return type === "done" || type === "publish" || type === "input" || (marksAll && type === "stream");
}

/**
 * Sends a report. The pipe blocks when it is full: a cell that prints faster than the kernel can pass on waits
 * instead of filling the memory.
 */
export function report(message: Report): void {
  sendPackets(isOrdered(message) && markStreams() ? { ...message, mark: marks } : message, toKernel);
}

const toKernel = (bytes: Buffer) => send(PIPE, bytes);

/** Marks both standard streams. @returns false where a cell has closed one of them */
function markStreams(): boolean {
  const text = Buffer.from(mark(token, ++marks));
  return send(1, text) && send(2, text);
}

/** @returns false when there is nobody at the other end; where the kernel process is gone, "disconnect" ends this one */
function send(descriptor: number, bytes: Buffer): boolean {
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += writeSync(descriptor, bytes, sent);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE" || code === "EBADF") return false;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
  return true;
}
