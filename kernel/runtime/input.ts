import { currentExecution } from "./execution.ts";
import { report } from "./report.ts";
import { waitForAnswer } from "./stop-flag.ts";

export class InputError extends Error {
  override readonly name = "InputError";
}

const waiting = new Map<number, { resolve(value: string): void; reject(error: Error): void }>();
let next = 1;

/** Asks the person at the front end for a line of text. */
export function input(prompt = "", options: { password?: boolean } = {}): Promise<string> {
  const execution = currentExecution();
  return new Promise((resolve, reject) => {
    const id = next++;
    waiting.set(id, { resolve, reject });
    report({
      type: "input",
      id,
      execution: execution?.id ?? -1,
      prompt,
      password: options.password === true,
      blocking: false,
    });
  });
}

/**
 * Asks as `prompt` of a browser does: the cell stands still until the answer is there.
 *
 * @param initial what an empty answer stands for
 * @throws InputError where there is nobody to ask
 */
export function prompt(message = "", initial = ""): string {
  const execution = currentExecution();
  const id = next++;
  report({
    type: "input",
    id,
    execution: execution?.id ?? -1,
    prompt: message,
    password: false,
    blocking: true,
  });
  const { value, error } = waitForAnswer(id);
  if (value === undefined) throw new InputError(error ?? "no input");
  return value || initial;
}

export function settleInput(order: { id: number; value?: string; error?: string }): void {
  const one = waiting.get(order.id);
  waiting.delete(order.id);
  if (order.value !== undefined) one?.resolve(order.value);
  else one?.reject(new InputError(order.error ?? "no input"));
}
