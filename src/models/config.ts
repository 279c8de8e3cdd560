import { ModelError } from "./model.ts";

/** Reads the keys of a `config.json`, with errors that name the key, what was found and what was expected. */
export function readConfig(config: Readonly<Record<string, unknown>>) {
  const fail = (key: string, expected: string): never => {
    throw new ModelError(`config.json: "${key}" is ${JSON.stringify(config[key])}; expected ${expected}`);
  };
  const value = (key: string) => config[key] ?? undefined;
  const reader = {
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
    /** Rotary options, under the names of transformers 4 (`rotary_pct`) and 5 (`rope_parameters`). */
    rotary(): { fraction: number; base: number } {
      if (value("rope_scaling") !== undefined)
        fail("rope_scaling", "null: scaled positions are not supported");
      const parameters = (value("rope_parameters") ?? {}) as Record<string, unknown>;
      const type = parameters.rope_type ?? "default";
      if (type !== "default") fail("rope_parameters", 'the rope_type "default"');
      const nested = (key: string) => (parameters[key] === undefined ? undefined : Number(parameters[key]));
      return {
        fraction: nested("partial_rotary_factor") ?? reader.number("rotary_pct", 0.25),
        base: nested("rope_theta") ?? reader.number("rotary_emb_base", reader.number("rope_theta", 10_000)),
      };
    },
  };
  return reader;
}
