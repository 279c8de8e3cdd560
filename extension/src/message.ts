import { PlotMessage } from "../../src/runs/snapshot.ts";

/** More than any kernel sends; a notebook may say anything. */
const mostRuns = 200;
const mostPoints = 20_000;
const mostContours = 500;

/** A notebook held something under the plot's MIME type that is no plot message; the text is for the reader. */
export class PlotMessageError extends Error {
  override readonly name = "PlotMessageError";
}

/**
 * Reads what an output holds against the whole schema: notebooks are not trusted.
 *
 * @throws PlotMessageError
 */
export function readMessage(data: unknown): PlotMessage {
  const version = (data as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > 1)
    throw new PlotMessageError(
      `This plot has version ${version}; this extension reads version 1. Update jupyterlab-alright.`,
    );
  const read = PlotMessage.safeParse(data);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new PlotMessageError(
      `This plot message can't be read: ${issue?.path.join(".") || "it"}: ${issue?.message}`,
    );
  }
  const { runs } = read.data;
  if (runs.length > mostRuns)
    throw new PlotMessageError(`This plot has ${runs.length} runs; at most ${mostRuns} are drawn.`);
  for (const { name, series } of runs) {
    const points = Math.max(series.step.length, series.trainStep.length, series.theta?.length ?? 0);
    if (points > mostPoints)
      throw new PlotMessageError(`The run ${name} has ${points} points; at most ${mostPoints} are drawn.`);
  }
  const { contours } = read.data;
  if (contours) {
    const sides = [contours.x.length, contours.y.length];
    if (Math.max(...sides) > mostContours)
      throw new PlotMessageError(
        `The contours have ${sides.join(" × ")} points; at most ${mostContours} × ${mostContours} are drawn.`,
      );
  }
  return read.data;
}
