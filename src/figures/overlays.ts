import { hypervolume } from "../evaluation/hypervolume.ts";
import { paretoFront } from "../evaluation/pareto.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import { mix, parseColor } from "./color.ts";
import { currentLoss, type Loss } from "./gaps.ts";
import { formatNumber } from "./label.ts";
import type { Theme } from "./theme.ts";
import type { ScatterTrace } from "./trace.ts";
import { english, type Words } from "./words.ts";

/** What the reader may lay over objective space. */
export interface Overlays {
  /** The Pareto front of where the runs stand, and the area that it dominates. */
  readonly front?: boolean;
  /** For every λ of the runs, the line of equal weighted loss through the best of them. */
  readonly lambdas?: boolean;
}

/** More λ than this make a net in which nothing can be read. */
const mostLambdas = 9;

/** The front of where the runs stand now, with the hypervolume below where they started. */
export function frontTraces(
  runs: readonly RunSnapshot[],
  theme: Theme,
  words: Words = english,
): ScatterTrace[] {
  const points = standing(runs);
  const front = paretoFront(points);
  if (front.length < 2) return [];
  const corner = worstStart(runs);
  const volume = corner ? hypervolume(front, corner) : 0;
  const line = {
    type: "scatter",
    mode: "lines",
    legendgroup: "front",
    hoverinfo: "skip",
  } as const;
  const traces: ScatterTrace[] = [];
  if (corner && volume > 0) {
    const border = dominated(front, corner);
    traces.push({
      ...line,
      name: "Hypervolume",
      x: border.map(({ sft }) => sft),
      y: border.map(({ dpo }) => dpo),
      line: { color: "rgba(0,0,0,0)", width: 0 },
      fill: "toself",
      fillcolor: `rgba(${parseColor(theme.text).join(", ")}, 0.08)`, // the grid shows through
      showlegend: false,
    });
  }
  traces.push({
    ...line,
    name: volume > 0 ? words("Front, hypervolume %1", formatNumber(volume)) : words("Front"),
    x: front.map(({ sft }) => sft),
    y: front.map(({ dpo }) => dpo),
    line: { color: mix(theme.background, theme.text, 0.55), width: 1.5, dash: "dot" },
  });
  return traces;
}

/** The border of what the front dominates: down its steps, and back around the corner. */
function dominated(front: readonly Loss[], corner: Loss): Loss[] {
  const inside = front.filter(({ dpo, sft }) => dpo < corner.dpo && sft < corner.sft);
  const steps = inside.flatMap((point, i) => [
    { sft: point.sft, dpo: inside[i - 1]?.dpo ?? corner.dpo },
    point,
  ]);
  const last = inside.at(-1);
  return last && steps[0] ? [...steps, { sft: corner.sft, dpo: last.dpo }, corner, steps[0]] : [];
}

/**
 * Lines of equal weighted loss λ f_DPO + (1 − λ) f_SFT (eq. 5), one for each λ of the runs, through the run that is best
 * by it: what lies below such a line is better at that λ than any of the runs.
 */
export function lambdaTraces(
  runs: readonly RunSnapshot[],
  theme: Theme,
  x: readonly [number, number],
  y: readonly [number, number],
  words: Words = english,
): ScatterTrace[] {
  const points = standing(runs);
  if (points.length === 0) return [];
  const lambdas = [...new Set(runs.flatMap(({ lambda }) => (lambda === null ? [] : [lambda])))].sort(
    (a, b) => a - b,
  );
  return lambdas.slice(0, mostLambdas).flatMap((lambda, i): ScatterTrace[] => {
    const level = Math.min(...points.map(({ dpo, sft }) => lambda * dpo + (1 - lambda) * sft));
    const ends = clipped(lambda, level, x, y);
    if (ends.length < 2) return [];
    const name = words("Iso-λ %1", Number(lambda.toPrecision(3)));
    return [
      {
        type: "scatter",
        mode: "lines",
        name,
        legendgroup: name,
        x: ends.map(([sft]) => sft),
        y: ends.map(([, dpo]) => dpo),
        line: {
          color: mix(theme.background, theme.text, 0.35 + (0.5 * i) / Math.max(1, lambdas.length - 1)),
          width: 1,
          dash: "longdash",
        },
        hovertemplate: `<b>${name}</b><br>${words("weighted loss %1", formatNumber(level))}<extra></extra>`,
      },
    ];
  });
}

/** Where the line meets the frame of the plot. */
function clipped(
  lambda: number,
  level: number,
  x: readonly [number, number],
  y: readonly [number, number],
): (readonly [number, number])[] {
  const dpoAt = (sft: number) => (level - (1 - lambda) * sft) / lambda;
  const sftAt = (dpo: number) => (level - lambda * dpo) / (1 - lambda);
  const crossings = [
    ...(lambda > 0 ? x.map((sft) => [sft, dpoAt(sft)] as const) : []),
    ...(lambda < 1 ? y.map((dpo) => [sftAt(dpo), dpo] as const) : []),
  ].filter(([sft, dpo]) => within(sft, x) && within(dpo, y));
  crossings.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const [first, last] = [crossings[0], crossings.at(-1)];
  return first && last && (first[0] !== last[0] || first[1] !== last[1]) ? [first, last] : [];
}

function within(value: number, [low, high]: readonly [number, number]): boolean {
  const slack = 1e-9 * (high - low);
  return value >= low - slack && value <= high + slack;
}

/** Where runs stand that have trained: a run at its start is no trade-off yet. */
function standing(runs: readonly RunSnapshot[]): Loss[] {
  return runs.flatMap((run) => {
    const loss = currentLoss(run);
    return loss && run.series.step.some((step) => step > 0) ? [loss] : [];
  });
}

/** The reference point of the hypervolume: the worst of where the runs started. */
function worstStart(runs: readonly RunSnapshot[]): Loss | null {
  const starts = runs.flatMap(({ start }) => (start ? [start] : []));
  if (starts.length === 0) return null;
  return { dpo: Math.max(...starts.map(({ dpo }) => dpo)), sft: Math.max(...starts.map(({ sft }) => sft)) };
}
