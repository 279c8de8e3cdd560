import { TextError } from "./error.ts";

/** The template of the paper's code, for both data sets. */
export const defaultTemplate = "User: {prompt}\nAssistant: ";

const slot = "{prompt}";

/** @throws TextError unless the template has `{prompt}` exactly once */
export function checkTemplate(template: string): void {
  const count = template.split(slot).length - 1;
  if (count !== 1)
    throw new TextError(
      `template ${JSON.stringify(template)} has ${slot} ${count} times; it must have it exactly once, as in ${JSON.stringify(defaultTemplate)}`,
    );
}

/** What stands before the completion. */
export function promptText(template: string, prompt: string): string {
  const at = template.indexOf(slot);
  if (at < 0) checkTemplate(template);
  return template.slice(0, at) + prompt + template.slice(at + slot.length);
}

/** The completion right-stripped, then a space and the end token, as in the paper's code. */
export function responseText(completion: string, eosText: string): string {
  return `${completion.trimEnd()} ${eosText}`;
}
