import type { SpecificationInput } from "../../src/runs/specification.ts";
import { train } from "../runtime/library.ts";
import { detachRun, sessionRuns } from "../runtime/runs.ts";
import { leaveBehind } from "./cell-objective.ts";
import { formatCall, type Outside } from "./code.ts";
import { foreground } from "./foreground.ts";
import { LivePlot } from "./live-plot.ts";
import { type Call, MagicError } from "./magic.ts";
import { merge, settings } from "./settings.ts";

/** Trains with one method: the session's specification, this call's options on top. */
export async function startTraining(
  call: Call,
  method: { name: string } & Record<string, unknown>,
  part: Readonly<Record<string, unknown>>,
  outside: Outside = {},
): Promise<unknown> {
  const { options, execution } = call;
  const session = merge(settings(), leaveBehind(settings(), part, outside.objectives));
  const specification = merge(session, { ...part, method }) as Record<string, unknown>;
  // A call's `steps` stand for the session's `epochs`, and the other way round.
  if (part.steps !== undefined) delete specification.epochs;
  if (part.epochs !== undefined) delete specification.steps;
  const { model } = specification;
  if (model === undefined) {
    throw new MagicError(
      `%${method.name} needs a model: %model pythia-tiny (or toy:conflict) sets one for the session`,
    );
  }
  // The toy brings its own two rows, whatever data the session has for other models.
  specification.data = String(model).startsWith("toy:") ? {} : (specification.data ?? {});
  const runs = options.runs === undefined ? {} : { runs: options.runs as string };
  if (options.code === true) {
    process.stdout.write(`${formatCall(specification, runs, outside)}\n`);
    return undefined;
  }
  const beside = selected(options.with as string | undefined);
  const run = train(specification as SpecificationInput, { ...runs, ...outside });
  const plot = new LivePlot(execution, [...beside, run], { view: options.view as string | undefined });
  if (options.background === true) {
    detachRun(run);
    void plot.untilDone();
    return run;
  }
  return foreground(run, plot, execution);
}

/** The session's runs that `with=` names. */
function selected(names: string | undefined) {
  const all = sessionRuns();
  if (names === undefined) return [];
  if (names === "all") return all;
  return names.split(",").map((id) => {
    const found = all.find((run) => run.id === id || run.specification.name === id);
    if (!found)
      throw new MagicError(`with=${id}: no run of this session has that id or name; %runs lists them`);
    return found;
  });
}
