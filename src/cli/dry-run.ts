import { parseSpecification } from "../runs/parse-specification.ts";
import type { SpecificationInput } from "../runs/specification.ts";
import { describeRun } from "../training/describe-run.ts";
import { checkInputs } from "../training/inputs.ts";
import { exitCodes } from "./exit-codes.ts";

/**
 * `alright train --dry-run`: the whole specification, on standard output as a file of it would be, and what would be
 * done with it on standard error; with `--json` all of it as one object.
 */
export async function dryRun(input: SpecificationInput, where: string, json: boolean): Promise<number> {
  const parsed = parseSpecification(input, where);
  checkInputs(parsed, where);
  const { specification, steps, rows, plan } = await describeRun(parsed);
  if (json) {
    console.log(JSON.stringify({ type: "dry-run", steps, rows, plan, specification }));
    return exitCodes.done;
  }
  console.log(JSON.stringify(specification, null, 2));
  for (const [name, { training, evaluation }] of Object.entries(rows))
    console.error(`${name}: ${training} rows to train on, ${evaluation} to evaluate`);
  console.error(`${steps} steps on ${plan.device}, plan ${plan.way}`);
  for (const note of plan.notes) console.error(note);
  return exitCodes.done;
}
