import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Checks between two collections, and how long the thread must have been idle before one, in ms. */
const CHECKS = 10;
const IDLE = 1000;

let checks = 0;
let timer: NodeJS.Timeout | null = null;
let collect: ((options: object) => void) | null = null;

/**
 * Every check of a cell leaves a type checker behind, tens of megabytes. V8 would let them pile up to the heap's limit;
 * here they go when nobody waits for the thread.
 *
 * @param soon after this check already, not only after several
 */
export function collectWhenIdle(soon = false): void {
  checks = soon ? CHECKS : checks + 1;
  if (timer) clearTimeout(timer);
  timer = null;
  if (checks < CHECKS) return;
  timer = setTimeout(() => {
    checks = 0;
    if (!collect) {
      setFlagsFromString("--expose-gc");
      collect = runInNewContext("gc") as (options: object) => void;
    }
    // The heap gives back what it no longer needs, too.
    collect({ type: "major", execution: "sync", flavor: "last-resort" });
  }, IDLE);
  timer.unref();
}
