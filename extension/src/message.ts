import { english, type Words } from "../../src/figures/words.ts";
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
export function readMessage(data: unknown, words: Words = english): PlotMessage {
  const version = (data as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > 1)
    throw new PlotMessageError(
      words("This plot has version %1; this extension reads version 1. Update jupyterlab-alright.", version),
    );
  const read = PlotMessage.safeParse(data);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new PlotMessageError(
      words("This plot message can't be read: %1: %2", issue?.path.join(".") || "it", issue?.message ?? ""),
    );
  }
  const { runs } = read.data;
  if (runs.length > mostRuns)
    throw new PlotMessageError(words("This plot has %1 runs; at most %2 are drawn.", runs.length, mostRuns));
  for (const { name, series } of runs) {
    const points = Math.max(series.step.length, series.trainStep.length, series.theta?.length ?? 0);
    if (points > mostPoints)
      throw new PlotMessageError(
        words("The run %1 has %2 points; at most %3 are drawn.", name, points, mostPoints),
      );
  }
  const { contours } = read.data;
  if (contours) {
    const sides = [contours.x.length, contours.y.length];
    if (Math.max(...sides) > mostContours)
      throw new PlotMessageError(
        words("The contours have %1 points; at most %2 × %2 are drawn.", sides.join(" × "), mostContours),
      );
  }
  return read.data;
}
