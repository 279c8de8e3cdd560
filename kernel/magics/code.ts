import { inspect } from "node:util";
import type { Method } from "../../src/methods/method.ts";

/** The TypeScript that does what a training magic does. */
export function formatCall(
  specification: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
  methods: readonly Method[],
): string {
  const show = (value: unknown) => inspect(value, { depth: 10, breakLength: 90, compact: 3 });
  const names = methods.map((method) => `/* ${method.name} */ method`);
  const more =
    methods.length > 0
      ? `, { methods: [${names.join(", ")}]${options.runs ? `, runs: ${show(options.runs)}` : ""} }`
      : Object.keys(options).length > 0
        ? `, ${show(options)}`
        : "";
  return [
    'import { train } from "alright-ts";',
    `const run = train(${show(specification)}${more});`,
    "await run.done;",
  ].join("\n");
}
