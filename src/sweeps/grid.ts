import type { Method } from "../methods/method.ts";
import { findMethod } from "../methods/registry.ts";
import type { SpecificationInput } from "../runs/specification.ts";
import { SweepError } from "./error.ts";

type MethodInput = SpecificationInput["method"];
/** All of a specification but its method. */
export type Base = Omit<SpecificationInput, "method"> & { readonly method?: MethodInput };

/** Every combination of methods, λ, seeds and k. */
export interface Grid {
  /** What all runs have in common. */
  readonly base: Base;
  /** Names, or methods with options. Default: the base's method. */
  readonly methods?: readonly (string | MethodInput)[];
  /** Of the methods that have λ; the others run once. */
  readonly lambda?: readonly number[];
  readonly seeds?: readonly number[];
  /** MAXRIGHT's steps between evaluations of both objectives; likewise. */
  readonly k?: readonly number[];
}

/** One run of a sweep: what it has beside the base. */
export interface Point {
  readonly method: MethodInput;
  readonly seed?: number;
}

/** A grid's runs: methods, then λ, then k, and the seeds of each one after the other. @throws SweepError */
export function gridPoints(grid: Grid, own: readonly Method[] = []): Point[] {
  const { base, seeds } = grid;
  const methods = grid.methods ?? (base.method ? [base.method] : []);
  if (methods.length === 0)
    throw new SweepError('the sweep names no method: give methods, such as ["alright", "mix"]');
  for (const name of ["methods", "lambda", "seeds", "k"] as const)
    if (grid[name]?.length === 0)
      throw new SweepError(`${name} is an empty list; leave it out, or name some`);
  const configured = methods.flatMap((method) => configurations(method, grid, own));
  const distinct = [...new Map(configured.map((method) => [JSON.stringify(method), method])).values()];
  return distinct.flatMap((method) =>
    seeds === undefined ? [{ method }] : [...new Set(seeds)].map((seed) => ({ method, seed })),
  );
}

function configurations(
  given: string | MethodInput,
  { lambda, k }: Pick<Grid, "lambda" | "k">,
  own: readonly Method[],
): MethodInput[] {
  const method = typeof given === "string" ? { name: given } : given;
  const { options } = findMethod(method.name, own);
  // What a method was given itself stays as it is.
  const axis = (name: string, values: readonly number[] | undefined) =>
    values === undefined || !Object.hasOwn(options, name) || method[name] !== undefined
      ? [{}]
      : values.map((value) => ({ [name]: value }));
  return axis("lambda", lambda).flatMap((one) =>
    axis("k", k).map((other) => ({ ...method, ...one, ...other })),
  );
}

/** A run's whole specification. */
export function specificationOf(
  base: Base,
  { method, seed }: Point,
  threads: number | null,
): SpecificationInput {
  const given = { ...base, method, ...(seed === undefined ? {} : { seed }) };
  return threads === null || (given.threads !== undefined && given.threads !== null)
    ? given
    : { ...given, threads };
}
