import { setFlagsFromString } from "node:v8";
import { collectGarbage } from "./collect.ts";

// The kernel process and the compiler's thread keep their heaps small and give back what they no longer use; the process that runs
// the cells is another one, and keeps V8's defaults. Set before TypeScript is loaded: its bytecode counts for the flags it was made with.
for (const flag of ["--optimize-for-size", "--expose-gc"]) setFlagsFromString(flag);

/** How long a thread must have been idle before a collection, in ms: where much has piled up, and where little has. */
const IDLE = 1000;
const LONG_IDLE = 5000;

let pieces = 0;
let timer: NodeJS.Timeout | null = null;

/**
 * To be called after each piece of a thread's work: once `many` have piled up and nobody waits for the thread, its garbage
 * goes; before that, once nobody has waited for longer. V8 would let it pile up to the heap's limit: tens of megabytes of each check
 * of a cell, or of each flood of output.
 *
 * @param many 1: after this piece already
 */
export function collectWhenIdle(many: number): void {
  pieces++;
  if (timer) clearTimeout(timer);
  timer = setTimeout(
    () => {
      pieces = 0;
      collectGarbage();
    },
    pieces < many ? LONG_IDLE : IDLE,
  );
  timer.unref();
}
