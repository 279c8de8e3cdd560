import { ModelError } from "./model.ts";

/**
 * Reads the keys of a `config.json`, with errors that name the key, what was found and what was expected.
 *
 * @param within where the keys are, as `rope_parameters.`, for messages
 */
export function readConfig(config: Readonly<Record<string, unknown>>, within = "") {
  const fail = (key: string, expected: string): never => {
    const found = JSON.stringify(config[key]);
    throw new ModelError(`config.json: "${within}${key}" is ${found}; expected ${expected}`);
  };
  const value = (key: string) => config[key] ?? undefined;
  return {
    number(key: string, otherwise?: number): number {
      const found = value(key) ?? otherwise;
      return typeof found === "number" && Number.isFinite(found) ? found : fail(key, "a number");
    },
    integer(key: string, otherwise?: number): number {
      const found = value(key) ?? otherwise;
      return Number.isSafeInteger(found) && (found as number) > 0
        ? (found as number)
        : fail(key, "a positive integer");
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
