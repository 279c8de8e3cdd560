/**
 * Options of methods and magics, one table entry each: validation, help, completion and the reference page all
 * come from the same entry.
 */

export type OptionValue = number | string | boolean | readonly number[] | readonly string[] | null;

export interface OptionEntry<V extends OptionValue = OptionValue> {
  readonly type: "number" | "integer" | "string" | "boolean" | "path" | "integers" | "words";
  /** Undefined: the option is required. */
  readonly default?: V;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Exclusive bounds. */
  readonly above?: number;
  readonly below?: number;
  /** Other spellings, such as `λ` for `lambda`. */
  readonly aliases?: readonly string[];
  /** The permitted words of a string or words option. */
  readonly values?: readonly string[];
  /** One line. */
  readonly help: string;
}

export type OptionTable = Readonly<Record<string, OptionEntry>>;

type ValueOf<E> = E extends { readonly type: "number" | "integer" }
  ? number
  : E extends { readonly type: "boolean" }
    ? boolean
    : E extends { readonly type: "integers" }
      ? readonly number[]
      : E extends { readonly type: "words" }
        ? readonly string[]
        : string;

/** The values that a table's options take; not read-only, since steering changes them in mid-run. */
export type OptionValues<T extends OptionTable> = { -readonly [K in keyof T]: ValueOf<T[K]> };

/** λ, the weight of DPO (0: SFT only; 1: DPO only); the same option of every method that has one. */
export const lambda = {
  type: "number",
  default: 0.5,
  minimum: 0,
  maximum: 1,
  aliases: ["λ"],
  help: "weight of DPO: 0 is SFT only, 1 is DPO only",
} as const satisfies OptionEntry<number>;
