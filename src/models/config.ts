import { shown } from "../shown.ts";
import { ModelError } from "./model.ts";

/** Far above the largest models there are: more layers, numbers of a state or of a head mean a damaged file. */
export const MOST = { layers: 10_000, width: 2 ** 20, headDim: 2 ** 16 };

/**
 * Reads the keys of a `config.json`, with errors that name the key, what was found and what was expected.
 *
 * @param within where the keys are, as `rope_parameters.`, for messages
 */
export function readConfig(config: Readonly<Record<string, unknown>>, within = "") {
  const fail = (key: string, expected: string): never => {
    const found = shown(config[key]);
    throw new ModelError(`config.json: "${within}${key}" is ${found}; expected ${expected}`);
  };
  const value = (key: string) => config[key] ?? undefined;
  return {
    number(key: string, otherwise?: number): number {
      const found = value(key) ?? otherwise;
      return typeof found === "number" && Number.isFinite(found) ? found : fail(key, "a number");
    },
    /** @param most what is counted, listed or allocated by it must stay within reason before the weights are looked at */
    integer(key: string, otherwise?: number, most = 2 ** 31 - 1): number {
      const found = value(key) ?? otherwise;
      if (!Number.isSafeInteger(found) || (found as number) <= 0) return fail(key, "a positive integer");
      return (found as number) <= most ? (found as number) : fail(key, `at most ${most}`);
    },
    boolean(key: string, otherwise: boolean): boolean {
      const found = value(key) ?? otherwise;
      return typeof found === "boolean" ? found : fail(key, "true or false");
    },
    choice(key: string, words: readonly string[], otherwise: string): string {
      const found = value(key) ?? otherwise;
      return words.includes(found as string) ? (found as string) : fail(key, `one of ${words.join(", ")}`);
    },
  };
}
