import { inspect } from "node:util";
import type { Method } from "../../src/methods/method.ts";
import type { ObjectiveDefinition } from "../../src/objectives/index.ts";
import { sessionValues } from "../runtime/variables.ts";

/** Methods and objectives that are defined in cells. */
export interface Outside {
  readonly methods?: readonly Method[];
  readonly objectives?: readonly ObjectiveDefinition[];
}

/** The TypeScript that does what a training magic does. */
export function formatCall(
  specification: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
  { methods = [], objectives = [] }: Outside,
): string {
  const entries = Object.entries(options).map(([key, value]) => `${key}: ${shown(value)}`);
  if (methods.length > 0) entries.unshift(`methods: [${methods.map(variableOf).join(", ")}]`);
  if (objectives.length > 0) entries.unshift(`objectives: [${objectives.map(variableOf).join(", ")}]`);
  const more = entries.length > 0 ? `, { ${entries.join(", ")} }` : "";
  return [
    'import { train } from "alright-ts";',
    `const run = train(${shown(specification)}${more});`,
    "await run.done;",
  ].join("\n");
}

/** The TypeScript that does what `%sweep` does. */
export function formatSweep(input: object, runs: string | undefined): string {
  const options = runs === undefined ? "" : `, { runs: ${JSON.stringify(runs)} }`;
  return [
    'import { sweep } from "alright-ts";',
    `const summary = await sweep(${shown(input)}${options}).done;`,
    "summary.frame();",
  ].join("\n");
}

const shown = (value: unknown) => inspect(value, { depth: 10, breakLength: 90, compact: 3 });

/** The variable that holds a method or an objective; its name in a comment where none does. */
function variableOf(value: Method | ObjectiveDefinition): string {
  const found = sessionValues().find(([, held]) => held === value);
  return found ? found[0] : `/* ${value.name} */`;
}
