import type { OptionEntry } from "../../src/runs/options.ts";
import type { Execution } from "../runtime/execution.ts";

/** What a word or value may be, where completion can say more than its type. */
export type Kind = "file" | "model" | "data" | "run" | "magic" | "method" | "objective";

/** One option of a magic. Its entry feeds parsing, validation, completion, inspection, `%help` and the reference. */
export interface MagicOption extends OptionEntry {
  /** The specification's key that it sets, such as `optimizer.learningRate`. */
  readonly path?: string;
  /** `null` (or `none`, `off`) is a value too. */
  readonly nullable?: boolean;
  /** Reads a literal that the type alone does not cover, such as `chosen:200`; undefined where it is none. */
  readonly literal?: (text: string) => unknown;
  /** The TypeScript type of its value, where it is wider than the entry's type. */
  readonly typescript?: string;
  readonly kind?: Kind;
}

export type MagicOptions = Readonly<Record<string, MagicOption>>;

/** A word without a key: `%model pythia-tiny`. */
export interface MagicWord {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** Any number of them. */
  readonly many?: boolean;
  readonly kind?: Kind;
  readonly values?: readonly string[];
}

/** A magic's call, its options checked. */
export interface Call {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** The value of a `{…}` in place of the word. */
  readonly word?: unknown;
  /** Whether the value is used: `const run = %alright`. */
  readonly assigned: boolean;
  readonly execution: Execution;
  /** All magics by name, for `%help`. */
  readonly magics: ReadonlyMap<string, Magic>;
}

export interface Magic {
  readonly name: string;
  /** One line. */
  readonly help: string;
  readonly word?: MagicWord;
  readonly options: MagicOptions;
  /**
   * Options beyond the table are let through: the method defined in a cell has its own. Where it is an option's name,
   * only with that option.
   */
  readonly open?: true | string;
  /** The rest of its line is its one word, as it stands: a command of the shell. */
  readonly line?: boolean;
  /** It is about the rest of the cell: `%%time` at the start is the same. */
  readonly cell?: boolean;
  /** The TypeScript type of its value; without it the magic is a statement only. */
  readonly value?: string;
  readonly examples: readonly string[];
  run(call: Call): Promise<unknown>;
}

/** A magic that can't do what it was asked: says what was found, what was expected and what to do. */
export class MagicError extends Error {
  override readonly name = "MagicError";
}

/** How a magic is called: `%alright`, or `!` for a command. */
export function written({ name }: Pick<Magic, "name">): string {
  return name === "!" ? name : `%${name}`;
}

export const RUN_TYPE = 'import("alright-ts").Run';
