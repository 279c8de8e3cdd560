import { leaveBehind } from "./cell-objective.ts";
import type { Magic } from "./magic.ts";
import { setPlotly } from "./plotly.ts";
import { changeSettings, settings } from "./settings.ts";
import { setPath, specificationOptions } from "./specification-options.ts";

export const set: Magic = {
  name: "set",
  help: "sets options for all later runs of the session, and prints them; without options, prints the session's specification",
  options: {
    ...specificationOptions,
    plotly: {
      type: "boolean",
      help: "whether a plot's last message also carries a plotly figure, for front ends without this project's extension (default: in VS Code)",
    },
  },
  examples: ["%set steps=200 learningRate=1e-3 seed=1"],
  async run({ options }) {
    if (typeof options.plotly === "boolean") setPlotly(options.plotly);
    const part = specificationPart(options);
    changeSettings(leaveBehind(settings(), part));
    changeSettings(part);
    // What was set is one line; the whole specification is there for who asks for it.
    const shown =
      Object.keys(options).length > 0 ? JSON.stringify(part) : JSON.stringify(settings(), null, 2);
    process.stdout.write(`${shown}\n`);
  },
};

/** The keys of the specification that these options set. */
export function specificationPart(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const part: Record<string, unknown> = {};
  const table: Readonly<Record<string, { path: string }>> = specificationOptions;
  for (const [name, value] of Object.entries(options)) {
    if (Object.hasOwn(table, name)) setPath(part, table[name]!.path, value);
  }
  return part;
}
