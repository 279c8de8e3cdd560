import { checkOption, optionName } from "../runs/option-values.ts";
import type { OptionTable } from "../runs/options.ts";

/**
 * What a method's options are steered to.
 * @throws SpecificationError where the method has no such option, or the value is out of its range
 */
export function checkSteering(
  given: Readonly<Record<string, unknown>>,
  options: OptionTable,
  method: string,
): Record<string, number> {
  const where = `method ${JSON.stringify(method)}`;
  const checked: Record<string, number> = {};
  for (const [key, value] of Object.entries(given)) {
    const name = optionName(options, key, where);
    checked[name] = checkOption(options[name]!, value, `${where}: ${key}`) as number;
  }
  return checked;
}
