import { didYouMean, SpecificationError } from "../runs/error.ts";
import { alright } from "./alright.ts";
import { cagrad } from "./cagrad.ts";
import { maxright } from "./maxright.ts";
import type { Method } from "./method.ts";
import { mgda } from "./mgda.ts";
import { mix } from "./mix.ts";
import { pcgrad } from "./pcgrad.ts";
import { sequential } from "./sequential.ts";
import { dpo, sft } from "./single.ts";

/** The methods that come with the library, by name. */
export const builtInMethods: ReadonlyMap<string, Method> = new Map(
  [sequential, mix, alright, maxright, mgda, pcgrad, cagrad, sft, dpo].map((method) => [
    method.name,
    method as unknown as Method,
  ]),
);

/**
 * The method of that name, the given ones first.
 * @param own methods defined outside the library, in a cell for example
 * @throws SpecificationError naming the nearest known method
 */
export function findMethod(name: string, own: readonly Method[] = []): Method {
  const found = own.find((method) => method.name === name) ?? builtInMethods.get(name);
  if (found) return found;
  const known = [...own.map((method) => method.name), ...builtInMethods.keys()];
  throw new SpecificationError(
    `method.name: no method is called ${JSON.stringify(name)}${didYouMean(name, known)} (known: ${known.join(", ")})`,
  );
}
