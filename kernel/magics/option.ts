import { nearest } from "../../src/nearest.ts";
import { SpecificationError } from "../../src/runs/error.ts";
import { checkOption } from "../../src/runs/option-values.ts";
import { type Magic, MagicError, type MagicOption } from "./magic.ts";

const NULLS = new Set(["null", "none", "off"]);

/** The table's name for an option as written: `λ` and `lambda` are one, and case does not matter. */
export function optionName(magic: Magic, written: string): string | null {
  if (Object.hasOwn(magic.options, written)) return written;
  const lower = written.toLowerCase();
  for (const [name, { aliases = [] }] of Object.entries(magic.options)) {
    if (name.toLowerCase() === lower || aliases.some((alias) => alias.toLowerCase() === lower)) return name;
  }
  // `--learning-rate` and `learning_rate` for `learningRate`.
  const joined = lower.replace(/[-_]/g, "");
  return joined === lower ? null : optionName(magic, joined);
}

/** `; did you mean "steps"?`, or nothing where nothing is near. */
export function suggestion(written: string, known: Iterable<string>): string {
  const near = nearest(written, known);
  return near === null ? "" : `; did you mean "${near}"?`;
}

export function unknownOption(magic: Magic, written: string): string {
  const known = Object.entries(magic.options).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
  const near = suggestion(written, known);
  return `%${magic.name} has no option "${written}"${near || `; %help ${magic.name} lists them`}`;
}

/** An option's value from its text. @throws MagicError saying what was found and what was expected */
export function readLiteral(magic: Magic, name: string, text: string | true): unknown {
  const option = magic.options[name]!;
  const where = `%${magic.name}: ${name}`;
  if (text === true) {
    if (option.type === "boolean") return true;
    throw new MagicError(`${where} needs a value (${option.help})`);
  }
  if (option.nullable && NULLS.has(text)) return null;
  const special = option.literal?.(text);
  return special === undefined ? check(option, convert(option, text), where) : special;
}

/** Checks the value of `{…}`. @throws MagicError */
export function checkValue(magic: Magic, name: string, value: unknown): unknown {
  const option = magic.options[name]!;
  if (value === null && option.nullable) return null;
  // A wider type than the table's is the specification's to check.
  if (option.typescript && typeof value === "object") return value;
  return check(option, value, `%${magic.name}: ${name}`);
}

function check(option: MagicOption, value: unknown, where: string): unknown {
  try {
    return checkOption(option, value, where);
  } catch (error) {
    if (error instanceof SpecificationError) throw new MagicError(error.message);
    throw error;
  }
}

function convert(option: MagicOption, text: string): unknown {
  if (option.type === "number" || option.type === "integer") {
    return text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
  }
  if (option.type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  const list = text
    .replace(/^\[|\]$/g, "")
    .split(/,|→|->/)
    .map((item) => item.trim());
  if (option.type === "integers") return list.map((item) => (item !== "" ? Number(item) : Number.NaN));
  return option.type === "words" ? list : text;
}

/** The TypeScript type that `{…}` must have. */
export function typeOf(option: MagicOption): string {
  const types = {
    number: "number",
    integer: "number",
    boolean: "boolean",
    integers: "readonly number[]",
    words: "readonly string[]",
    string: "string",
    path: "string",
  };
  const type = option.typescript ?? types[option.type];
  return option.nullable ? `${type} | null` : type;
}

/** An option as the reference writes it: `lambda (λ): number within [0, 1], default 0.5: weight of DPO`. */
export function describeOption(name: string, option: MagicOption): string {
  const { aliases = [], minimum, maximum, above, below, values, help } = option;
  const from = minimum ?? above;
  const to = maximum ?? below;
  const range =
    from !== undefined && to !== undefined
      ? ` within ${minimum === undefined ? "(" : "["}${from}, ${to}${maximum === undefined ? ")" : "]"}`
      : from !== undefined
        ? ` ${minimum === undefined ? ">" : "≥"} ${from}`
        : to !== undefined
          ? ` ${maximum === undefined ? "<" : "≤"} ${to}`
          : "";
  const type = values ? values.join(" | ") : option.type === "boolean" ? "true | false" : option.type;
  const also = aliases.length > 0 ? ` (${aliases.join(", ")})` : "";
  const standard =
    option.default === undefined || option.default === null || `${option.default}` === ""
      ? ""
      : `, default ${option.default}`;
  return `${name}${also}: ${type}${range}${option.nullable ? " or none" : ""}${standard}: ${help}`;
}
