import { lossOptions, type ObjectiveSlot } from "../objectives/index.ts";
import { SpecificationError } from "./error.ts";
import type { RunRecord } from "./formats.ts";
import { Specification } from "./specification.ts";

const lineLength = 90;

/**
 * The TypeScript that makes a run again: a call of `train()` with what its record says, less what is the default anyway.
 * Relative paths start in the record's working directory.
 */
export function trainSource(record: RunRecord): string {
  const { id, specification, workingDirectory, methodHash, objectiveHashes = {} } = record;
  const { model, data, method } = specification;
  const defaults = Specification.parse({ model: "", data: {}, method: { name: "" } });
  const objectives = Object.fromEntries(
    Object.entries(defaults.objectives).map(([slot, usual]) => [
      slot,
      { ...usual, ...usualOptions(slot as ObjectiveSlot, specification) },
    ]),
  );
  const required = { model, data, method };
  const call = { ...required, ...unusual(specification, { ...defaults, objectives, ...required }) };
  const notes = [`The run ${oneLine(id)}. Relative paths start in ${oneLine(workingDirectory)}.`];
  const outside = [
    ...(methodHash === null ? [] : [`the method ${oneLine(method.name)}: methods`]),
    ...Object.keys(objectiveHashes).map((slot) => `the objective of ${slot}: objectives`),
  ];
  for (const each of outside) {
    const [what, option] = each.split(": ");
    notes.push(
      `It used ${what} of a cell: define it, and add { ${option}: […] } as train's second argument.`,
    );
  }
  return [
    'import { train } from "alright-ts";',
    "",
    ...notes.map((note) => `// ${note}`),
    `const run = train(${literal(call, "")});`,
    "await run.done;",
    "",
  ].join("\n");
}

/** The options that a run's loss has where none were given; of a loss from a cell they are not known here. */
function usualOptions(slot: ObjectiveSlot, { objectives }: Specification): object {
  const { loss } = objectives[slot];
  try {
    return lossOptions(slot, loss === undefined ? {} : { loss }, []);
  } catch (error) {
    if (error instanceof SpecificationError) return {};
    throw error;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** What differs from the defaults, object by object. */
function unusual(value: Fields, defaults: Fields): Fields {
  const kept: Record<string, unknown> = {};
  for (const [key, own] of Object.entries(value)) {
    const usual = defaults[key];
    if (own === undefined || JSON.stringify(own) === JSON.stringify(usual)) continue;
    kept[key] = isFields(own) && isFields(usual) ? unusual(own, usual) : own;
  }
  return kept;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as TypeScript, on one line where there is room. */
function literal(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const list = Array.isArray(value);
  const parts = list
    ? value.map((each) => literal(each, inner))
    : Object.entries(value).map(([key, each]) => `${keyOf(key)}: ${literal(each, inner)}`);
  if (parts.length === 0) return list ? "[]" : "{}";
  const [open, close] = list ? ["[", "]"] : ["{ ", " }"];
  const line = `${open}${parts.join(", ")}${close}`;
  const nested = !list && Object.values(value).some(isFields);
  if (!nested && !line.includes("\n") && indent.length + line.length <= lineLength) return line;
  return `${open.trim()}\n${parts.map((part) => `${inner}${part},\n`).join("")}${indent}${close.trim()}`;
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) && key !== "__proto__" ? key : JSON.stringify(key);
}

/** A comment must not end before its time. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
