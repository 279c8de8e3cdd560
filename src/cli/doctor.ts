import { carryOut, describe } from "./command.ts";
import type { Check } from "./doctor/check.ts";
import { checkJupyter } from "./doctor/jupyter.ts";
import { checkMachine } from "./doctor/machine.ts";
import { exitCodes } from "./exit-codes.ts";

interface Options {
  readonly prefix?: string;
  readonly json?: true;
}

const command = () =>
  describe({
    name: "doctor",
    summary: "Looks at this machine: what training and notebooks need, what is missing, and how to mend it.",
    examples: [
      ["alright doctor", "this machine, and the Jupyter that a plain jupyter would be"],
      ["alright doctor --prefix /opt/jupyter", "the Jupyter of another environment"],
      ["alright doctor --json", "as one JSON object"],
    ],
    exits: "1 also where something needed is missing",
  })
    .option("--prefix <dir>", "look at the Python environment there")
    .option("--json", "as one JSON object: { ok, checks: [{ name, state, found, mend? }] }");

/** `alright doctor`. */
export function doctorCommand(args: readonly string[]): Promise<number> {
  return carryOut<Options>(command(), args, async ({ prefix, json }) => {
    const checks = [...(await checkMachine()), ...checkJupyter(prefix)];
    const missing = checks.filter(({ state }) => state === "missing");
    if (json) console.log(JSON.stringify({ ok: missing.length === 0, checks }, null, 2));
    else {
      for (const line of checks.flatMap(lines)) console.log(line);
      const names = missing.map(({ name }) => name).join(", ");
      console.log(missing.length === 0 ? "\nNothing is missing." : `\nMissing: ${names}.`);
    }
    return missing.length === 0 ? exitCodes.done : exitCodes.failed;
  });
}

const marks = { ok: "✓", missing: "✗", note: "·" } as const;

function lines({ name, state, found, mend }: Check): string[] {
  return [`${marks[state]} ${name}: ${found}`, ...(mend === undefined ? [] : [`    → ${mend}`])];
}
