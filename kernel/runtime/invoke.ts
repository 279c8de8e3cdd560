import type { Execution } from "./execution.ts";
import type { MagicInvocation } from "./messages.ts";
import { keepTimers } from "./timers.ts";

/** Runs a magic. The magics, and the library below them, are loaded with the first one. */
export async function invokeMagic(
  invocation: MagicInvocation,
  values: readonly unknown[],
  execution: Execution,
): Promise<unknown> {
  const { executeMagic } = await import("../magics/execute.ts");
  return keepTimers(() => executeMagic(invocation, values, execution));
}
