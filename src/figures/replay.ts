import type { PlotMessage, RunSnapshot } from "../runs/snapshot.ts";

type Series = RunSnapshot["series"];

/** The last step that any run has reached. */
export function lastStep({ runs }: Pick<PlotMessage, "runs">): number {
  return runs.reduce((last, run) => Math.max(last, run.step, run.series.step.at(-1) ?? 0), 0);
}

/** The message as it stood at a step: every series is cut there, steering that came later is not known yet. */
export function atStep(message: PlotMessage, step: number): PlotMessage {
  return { ...message, runs: message.runs.map((run) => runAt(run, step)) };
}

function runAt(run: RunSnapshot, step: number): RunSnapshot {
  if (run.step <= step && (run.series.step.at(-1) ?? 0) <= step) return run;
  const evaluated = run.series.step.filter((at) => at <= step).length;
  const trained = run.series.trainStep.filter((at) => at <= step).length;
  const points = run.series.step.length;
  const series = Object.fromEntries(
    Object.entries(run.series).map(([name, values]) => {
      // The weights' path may have the start as one point more than the evaluated losses.
      const count = name.startsWith("train") ? trained : evaluated + Math.max(0, values.length - points);
      return [name, values.slice(0, count)];
    }),
  ) as Series;
  const steered = run.steered.filter((one) => one.step <= step);
  return { ...run, step: Math.min(step, run.step), series, steered };
}
