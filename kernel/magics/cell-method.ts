import type { Method } from "../../src/methods/method.ts";
import { builtInMethods } from "../../src/methods/registry.ts";
import { sessionValues } from "../runtime/variables.ts";
import { type Call, MagicError } from "./magic.ts";
import { suggestion } from "./option.ts";

function isMethod(value: unknown): value is Method {
  const method = value as Partial<Method> | null | undefined;
  return (
    typeof method?.start === "function" &&
    typeof method.name === "string" &&
    typeof method.options === "object"
  );
}

/** The methods that the session's variables hold. */
export function cellMethods(): Map<string, Method> {
  const methods = new Map<string, Method>();
  for (const [variable, value] of sessionValues()) {
    if (!isMethod(value)) continue;
    methods.set(variable, value);
    methods.set(value.name, value);
  }
  return methods;
}

/** The method that `%run` names: a variable, a method's name, or the value of `{…}`. */
export function findCellMethod({ words: [name], word }: Call): Method {
  if (isMethod(word)) return word;
  if (name === undefined) throw new MagicError("%run {…}: the value is no method; defineMethod(…) makes one");
  const methods = cellMethods();
  const found = methods.get(name) ?? builtInMethods.get(name);
  if (found) return found;
  const known = [...methods.keys(), ...builtInMethods.keys()];
  throw new MagicError(
    `%run ${name}: no method has that name${suggestion(name, known)} (a method is made with defineMethod in a cell that has run)`,
  );
}

/** Numbers as numbers: a method's own options come as text where the table does not know them. */
export function methodOptions(
  method: Method,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const name =
      Object.entries(method.options).find(
        ([name, entry]) => name === key || entry.aliases?.includes(key),
      )?.[0] ?? key;
    const type = method.options[name]?.type;
    options[name] =
      typeof value === "string" && (type === "number" || type === "integer") ? Number(value) : value;
    if (value === "true" || value === "false") options[name] = value === "true";
  }
  return options;
}
