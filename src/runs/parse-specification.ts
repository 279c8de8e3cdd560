import { z } from "zod";
import type { Method } from "../methods/method.ts";
import { findMethod } from "../methods/registry.ts";
import {
  findLoss,
  lossOptions,
  type ObjectiveDefinition,
  type ObjectiveSlot,
  type SlotOptions,
} from "../objectives/index.ts";
import { didYouMean, SpecificationError } from "./error.ts";
import { parseOptions, show } from "./option-values.ts";
import { Specification } from "./specification.ts";
import { withToyDefaults } from "./toy-defaults.ts";

/** Methods and objectives that a run may name beside the built-in ones. */
export interface ParseOptions {
  readonly methods?: readonly Method[];
  readonly objectives?: readonly ObjectiveDefinition[];
}

/**
 * A specification with every default filled in. A toy has its own defaults.
 * @param where what the specification is, for messages: a file's name or `specification`
 * @throws SpecificationError naming the key: unknown (with the nearest known one), missing, or of a wrong type or range
 */
export function parseSpecification(
  input: unknown,
  where = "specification",
  { methods = [], objectives = [] }: ParseOptions = {},
): Specification {
  const full = withToyDefaults(input);
  const parsed = Specification.safeParse(full, { reportInput: true });
  if (!parsed.success) throw new SpecificationError(describeIssue(parsed.error.issues[0]!, full, where));
  const specification = parsed.data;
  try {
    const method = findMethod(specification.method.name, methods);
    const { name, ...given } = specification.method;
    const options = parseOptions(method.options, given, `method ${JSON.stringify(name)}`);
    return {
      ...specification,
      ...consistent(specification, method, options, input),
      method: { name, ...options },
      objectives: {
        dpo: filled("dpo", specification.objectives.dpo, objectives),
        sft: filled("sft", specification.objectives.sft, objectives),
      },
    };
  } catch (error) {
    if (error instanceof SpecificationError) error.message = `${where}: ${error.message}`;
    throw error;
  }
}

/** An objective's slot with every option of its loss; SFT's own loss goes without its name. */
function filled<T extends SlotOptions>(
  slot: ObjectiveSlot,
  given: T,
  own: readonly ObjectiveDefinition[],
): T & SlotOptions {
  const { name, shape } = findLoss(slot, given, own);
  const options = lossOptions(slot, given, own);
  const plain = shape === "sft" && name === findLoss("sft", {}).name;
  return (plain ? options : { loss: name, ...options }) as T & SlotOptions;
}

/** What one key decides about others: the number of steps, whether f* is needed, and what can't stand together. */
function consistent(
  specification: Specification,
  method: Method,
  options: Readonly<Record<string, unknown>>,
  input: unknown,
): Pick<Specification, "steps" | "ideal"> {
  const { data, model, lora } = specification;
  const toy = model.startsWith("toy:");
  if (toy && (data.sft ?? data.dpo) !== undefined)
    throw new SpecificationError(`data: ${model} brings its own two rows; leave data out`);
  if (toy && lora !== null)
    throw new SpecificationError(`lora: ${model} has no linear layers; leave lora out`);
  for (const objective of method.objectives)
    if (!toy && data[objective as "sft" | "dpo"] === undefined)
      throw new SpecificationError(
        `data.${objective} is missing; method ${JSON.stringify(method.name)} trains on it`,
      );

  // f* takes a run of each objective: not worth it by default where one objective is trained alone.
  const bothSets = toy || (data.sft !== undefined && data.dpo !== undefined);
  const asked = typeof input === "object" && input !== null && "ideal" in input;
  const single = method.objectives.length < 2 || !bothSets;
  const ideal = single && !asked && specification.ideal === "runs" ? null : specification.ideal;
  if (ideal === null && method.needsIdeal)
    throw new SpecificationError(
      `ideal is null, but method ${JSON.stringify(method.name)} goes by the gaps to it`,
    );
  if (ideal === "runs" && !bothSets)
    throw new SpecificationError(`ideal is "runs", which needs both data sets; give data.sft and data.dpo`);
  return { steps: numberOfSteps(specification, options), ideal };
}

function numberOfSteps(
  { steps, epochs }: Specification,
  options: Readonly<Record<string, unknown>>,
): number | undefined {
  if (steps !== undefined && epochs !== undefined)
    throw new SpecificationError("both steps and epochs are given; give one of them");
  const order = Array.isArray(options.order) ? options.order : null;
  for (const key of ["steps", "epochs"] as const) {
    const stages = options[key];
    if (!order || !Array.isArray(stages) || stages.length === 0) continue;
    if (stages.length !== order.length)
      throw new SpecificationError(
        `method.${key} has ${stages.length} entries, but method.order has ${order.length} stages`,
      );
    const sum = (stages as number[]).reduce((a, b) => a + b, 0);
    if (key === "epochs") return steps;
    if (steps !== undefined && steps !== sum)
      throw new SpecificationError(
        `method.steps add up to ${sum}, but steps is ${steps}; leave steps out, or make them agree`,
      );
    return sum;
  }
  return steps ?? (epochs === undefined ? 200 : undefined);
}

/** One line for a person: where, the key's path, what was found, what was expected. */
function describeIssue(issue: z.core.$ZodIssue, input: unknown, where: string): string {
  const path = issue.path.map(String);
  const key = path.join(".");
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys[0]!;
    const known = knownKeys(path);
    const list = `(known: ${known.join(", ")})`;
    return `${where}: ${[...path, unknown].join(".")} is not a known key${didYouMean(unknown, known)} ${list}`;
  }
  const found = valueAt(input, issue.path);
  const expected = expectation(issue);
  if (path.length === 0) return `${where} is ${show(found)}; expected an object with model, data and method`;
  if (found === undefined) return `${where}: ${key} is missing; expected ${expected}`;
  return `${where}: ${key} is ${show(found)}; expected ${expected}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.path[0] === "reference")
    return `"start", a directory, a run's id, or { "sft": "chosen", "steps": N }`;
  if (issue.path[0] === "ideal") return `"runs", { "dpo": number, "sft": number } or null`;
  if (issue.path.join(".") === "lora.targets")
    return `a list of layer names, "all-linear", a regular expression or null`;
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "int"
        ? "an integer"
        : `${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "too_small":
      return `${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    default:
      return issue.message.replace(/^Invalid input: expected /, "");
  }
}

/** The keys that the schema has at a path. */
function knownKeys(path: readonly string[]): string[] {
  let schema: unknown = Specification;
  for (const key of path) schema = objectIn(schema)?.shape[key];
  return Object.keys(objectIn(schema)?.shape ?? {});
}

/** The object schema inside defaults, nullables and unions. */
function objectIn(schema: unknown): z.ZodObject | null {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodUnion) {
    for (const option of schema.options) {
      const object = objectIn(option);
      if (object) return object;
    }
    return null;
  }
  const inner = (schema as { def?: { innerType?: unknown } } | undefined)?.def?.innerType;
  return inner ? objectIn(inner) : null;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}
