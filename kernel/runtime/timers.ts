import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { type Execution, ownExecution } from "./execution.ts";

const require = createRequire(import.meta.url);

const kept = new AsyncLocalStorage<true>();

/** Runs the library's code: a run's own timers go on when the cell that started it is interrupted. */
export function keepTimers<T>(body: () => T): T {
  return kept.run(true, body);
}

/** The execution that a timer started now belongs to. */
const owner = (): Execution | null => (kept.getStore() ? null : ownExecution());

type Callback = (...values: unknown[]) => void;
type Start = (callback: Callback, ...rest: unknown[]) => NodeJS.Timeout | NodeJS.Immediate;

/**
 * Makes every timer that a cell's code starts, also deep in a module, belong to the cell: an interrupt cancels those
 * that have not fired, and those that are started afterwards never fire.
 */
export function ownTimers(): void {
  const timers = require("node:timers");
  const clear = { setTimeout: clearTimeout, setInterval: clearInterval, setImmediate: clearImmediate };
  for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
    const original = timers[name] as Start;
    const stop = clear[name] as (timer: unknown) => void;
    const owned = (callback: Callback, ...rest: unknown[]) => {
      const execution = owner();
      if (!execution || typeof callback !== "function") return original(callback, ...rest);
      const cancel = () => stop(timer);
      const timer = original(
        function (this: unknown, ...values: unknown[]) {
          if (name !== "setInterval") execution.timers.delete(cancel);
          callback.apply(this, values);
        },
        ...rest,
      );
      if (execution.signal.aborted) stop(timer);
      else execution.timers.add(cancel);
      return timer;
    };
    // `util.promisify(setTimeout)` looks for a symbol on the function.
    timers[name] = Object.defineProperties(owned, Object.getOwnPropertyDescriptors(original));
    (globalThis as Record<string, unknown>)[name] = timers[name];
  }
  ownPromises(require("node:timers/promises"));
  syncBuiltinESMExports();
}

/** Those that return promises reject instead, so that what waits for them can clean up. */
function ownPromises(promises: Record<string, (...values: unknown[]) => Promise<unknown>>): void {
  for (const name of ["setTimeout", "setImmediate"]) {
    const original = promises[name]!;
    promises[name] = async (...given) => {
      const execution = owner();
      return execution ? execution.race(original(...given)) : original(...given);
    };
  }
}
