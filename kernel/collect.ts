import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: ((options: object) => void) | null = null;

/** Collects this thread's garbage as if memory were short: the heap gives back what it no longer needs, too. */
export function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as (options: object) => void;
  }
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
