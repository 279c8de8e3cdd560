import { shown } from "../shown.ts";
import { didYouMean, SpecificationError } from "./error.ts";
import type { OptionEntry, OptionTable, OptionValue, OptionValues } from "./options.ts";

/**
 * Values for every option of a table: given ones checked, aliases resolved, defaults filled in.
 * @param where what the options belong to, for messages, such as `method "alright"`
 * @throws SpecificationError for an unknown option (naming the nearest), a wrong type or range, a missing required one
 */
export function parseOptions<T extends OptionTable>(
  table: T,
  given: Readonly<Record<string, unknown>>,
  where: string,
): OptionValues<T> {
  const values: Record<string, OptionValue> = {};
  for (const [key, value] of Object.entries(given)) {
    const name = optionName(table, key, where);
    if (name in values) throw new SpecificationError(`${where}: ${name} is given twice`);
    values[name] = checkOption(table[name]!, value, `${where}: ${key}`);
  }
  for (const [name, entry] of Object.entries(table)) {
    if (name in values) continue;
    if (entry.default === undefined)
      throw new SpecificationError(`${where}: ${name} is missing (${entry.help})`);
    values[name] = entry.default;
  }
  return values as OptionValues<T>;
}

/** The table's name for `key`, which may be an alias. */
export function optionName(table: OptionTable, key: string, where: string): string {
  if (Object.hasOwn(table, key)) return key;
  for (const [name, entry] of Object.entries(table)) if (entry.aliases?.includes(key)) return name;
  const known = Object.keys(table);
  const list = known.length ? `(options: ${known.join(", ")})` : "(it takes none)";
  throw new SpecificationError(
    `${where} has no option ${JSON.stringify(key)}${didYouMean(key, known)} ${list}`,
  );
}

/** One option's value, checked against its entry. */
export function checkOption(entry: OptionEntry, value: unknown, where: string): OptionValue {
  const { type } = entry;
  if (type === "boolean" && typeof value === "boolean") return value;
  if (type === "number" && typeof value === "number") return checkNumber(entry, value, where);
  if (type === "integer" && Number.isInteger(value)) return checkNumber(entry, value as number, where);
  if (type === "path" && typeof value === "string") return value;
  if (type === "string" && typeof value === "string") return checkWord(entry, value, where);
  if (type === "integers" && Array.isArray(value) && value.every(Number.isInteger))
    return value.map((item) => checkNumber(entry, item, where));
  if (type === "words" && Array.isArray(value) && value.every((item) => typeof item === "string"))
    return value.map((item) => checkWord(entry, item, where));
  throw new SpecificationError(`${where} is ${show(value)}; expected ${article(type)}`);
}

function checkNumber(entry: OptionEntry, value: number, where: string): number {
  const { minimum = -Infinity, maximum = Infinity, above = -Infinity, below = Infinity } = entry;
  if (value >= minimum && value <= maximum && value > above && value < below) return value;
  throw new SpecificationError(`${where} is ${value}; expected ${range(entry)} (${entry.help})`);
}

function range({ minimum, maximum, above, below }: OptionEntry): string {
  const from = minimum ?? above;
  const to = maximum ?? below;
  if (from === undefined) return maximum === undefined ? `a number below ${to}` : `at most ${to}`;
  if (to === undefined) return minimum === undefined ? `a number above ${from}` : `at least ${from}`;
  return `within ${minimum === undefined ? "(" : "["}${from}, ${to}${maximum === undefined ? ")" : "]"}`;
}

function checkWord(entry: OptionEntry, value: string, where: string): string {
  if (!entry.values || entry.values.includes(value)) return value;
  throw new SpecificationError(
    `${where} is ${JSON.stringify(value)}${didYouMean(value, entry.values)} (one of ${entry.values.join(", ")})`,
  );
}

/** A value as a message shows it, shortened. */
export function show(value: unknown): string {
  return shown(value, 57);
}

function article(type: OptionEntry["type"]): string {
  if (type === "integer") return "an integer";
  if (type === "integers") return "a list of integers";
  if (type === "words") return "a list of words";
  return `a ${type}`;
}
