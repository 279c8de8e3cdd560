import { createRequire, syncBuiltinESMExports } from "node:module";
import { markEverything } from "./report.ts";

/** A child process may write to this one's streams itself: once a cell has started one, what it prints is marked. */
export function watchForChildren(): void {
  const module = createRequire(import.meta.url)("node:child_process");
  for (const name of ["spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync", "fork"]) {
    const original = module[name];
    const watched = function (this: unknown, ...given: unknown[]) {
      markEverything();
      return original.apply(this, given);
    };
    // `util.promisify(exec)` looks for a symbol on the function.
    module[name] = Object.defineProperties(watched, Object.getOwnPropertyDescriptors(original));
  }
  syncBuiltinESMExports();
}
