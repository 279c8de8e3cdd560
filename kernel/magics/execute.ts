import type { Execution } from "../runtime/execution.ts";
import type { MagicInvocation } from "../runtime/messages.ts";
import { MagicError } from "./magic.ts";
import { checkValue, readLiteral } from "./option.ts";
import { findMagic, magics } from "./table.ts";

/**
 * Runs a magic with the values of its `{…}` expressions.
 * @throws MagicError for a value out of its range
 */
export async function executeMagic(
  invocation: MagicInvocation,
  values: readonly unknown[],
  execution: Execution,
): Promise<unknown> {
  const magic = findMagic(invocation.name);
  if (!magic) throw new MagicError(`no magic is called %${invocation.name}`);
  const options: Record<string, unknown> = {};
  let word: unknown;
  for (const [name, text] of Object.entries(invocation.options)) {
    options[name] = Object.hasOwn(magic.options, name) ? readLiteral(magic, name, text) : text;
  }
  for (const [index, name] of invocation.expressions.entries()) {
    if (name === "") word = values[index];
    else
      options[name] = Object.hasOwn(magic.options, name)
        ? checkValue(magic, name, values[index])
        : values[index];
  }
  return magic.run({
    words: invocation.words,
    options,
    word,
    assigned: invocation.assigned,
    magics,
    execution,
  });
}
