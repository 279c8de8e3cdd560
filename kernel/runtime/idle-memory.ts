import { clearTimeout, setTimeout } from "node:timers";
import { getHeapStatistics } from "node:v8";
import { collectGarbage } from "../collect.ts";

/** How long no cell has run before memory is given back, in ms: V8 keeps the nursery of whoever has allocated much in the last five seconds. */
const IDLE = 5300;
/** The largest heap that is collected: one of this size takes a few hundredths of a second, a full one may take seconds. */
const SMALL = 64e6;

let timer: NodeJS.Timeout | undefined;

/** A cell begins: nothing is collected while it runs. */
export function keepMemory(): void {
  clearTimeout(timer);
}

/**
 * The last cell that ran has ended. A cell that allocates fast makes V8's nursery grow to 32 MB, and it stays so large, empty as it
 * is, until something is collected as if memory were short.
 */
export function giveBackMemory(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (getHeapStatistics().used_heap_size <= SMALL) collectGarbage();
  }, IDLE);
  timer.unref();
}
