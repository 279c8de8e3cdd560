import { typecheck } from "../magics/typecheck.ts";
import type { Execution } from "./execution.ts";
import type { MagicInvocation } from "./messages.ts";
import { keepTimers } from "./timers.ts";

/** Runs a magic. The magics, and the library below them, are loaded with the first one that needs them. */
export async function invokeMagic(
  invocation: MagicInvocation,
  values: readonly unknown[],
  execution: Execution,
): Promise<unknown> {
  // Carried out by the compiler already: often the first line of a notebook, which should not wait for the library.
  if (invocation.name === typecheck.name) return typecheck.run({ words: invocation.words });
  const { executeMagic } = await import("../magics/execute.ts");
  return keepTimers(() => executeMagic(invocation, values, execution));
}
