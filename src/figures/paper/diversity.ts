import type { DataDiversity, NearestPrompts } from "../../paper/data-diversity.ts";
import { axis } from "../axes.ts";
import type { Annotation, Drawn, ScatterTrace } from "../trace.ts";
import { panelLayout } from "./objective-space.ts";
import { type PaperFigure, paperPanels, paperTheme } from "./picture.ts";

type Measure = "prompts" | "chosen" | "rejected" | "responses";

/** The paper's three panels: what each compares. */
const panels: readonly { readonly title: string; readonly series: readonly Series[] }[] = [
  {
    title: "Nearest prompts",
    series: [{ name: "(x<sub>DPO</sub>, x<sub>SFT</sub>)", of: "prompts", color: "#3566a8" }],
  },
  {
    title: "Responses of both sets",
    series: [
      { name: "(y<sub>w</sub>, y)", of: "chosen", color: "#3d8f5f" },
      { name: "(y<sub>l</sub>, y)", of: "rejected", color: "#e0484c" },
    ],
  },
  {
    title: "Responses of a preference",
    series: [{ name: "(y<sub>w</sub>, y<sub>l</sub>)", of: "responses", color: "#7d5ba6" }],
  },
];

interface Series {
  readonly name: string;
  readonly of: Measure;
  readonly color: string;
}

/** Points drawn of each series, evenly spaced over the ranks; its running mean is over all of them. */
const mostPoints = 250;
/** Width of the running mean, as a share of the ranks. */
const window = 0.08;

/**
 * Figure 6: cosine similarity at the token level over the rank i of the prompts' similarity. Left the nearest prompts, in the middle the chosen and the rejected response
 * against the instruction's, right the chosen against the rejected one. Points are pairs, lines their running mean.
 *
 * @param name "Figure 6"
 * @throws RangeError where there are no pairs
 */
export function diversityFigure(name: string, { pairs }: Pick<DataDiversity, "pairs">): PaperFigure {
  if (pairs.length === 0) throw new RangeError(`${name}: there are no pairs to draw`);
  const drawn = panels.map(({ title, series }) => panel(title, series, pairs));
  return paperPanels(name, drawn, { columns: drawn.length, height: 240 });
}

function panel(title: string, series: readonly Series[], pairs: readonly NearestPrompts[]): Drawn {
  const layout = panelLayout(title);
  return {
    traces: series.flatMap(({ name, of, color }) => {
      const values = pairs.map((pair) => pair[of]);
      return [points(name, color, values), mean(name, color, values)];
    }),
    layout: {
      ...layout,
      margin: { ...layout.margin, t: 46 },
      annotations: series.map(({ name, color }, i) => named(name, color, i / series.length)),
      xaxis: axis("rank i", paperTheme, { range: [0, pairs.length + 1] }),
      yaxis: axis("cosine similarity", paperTheme, { range: [-0.03, 1.03] }),
    },
  };
}

/** A series' name above its panel, in its colour, so that all panels are equally high. */
function named(text: string, color: string, x: number): Annotation {
  const font = { size: 10, color };
  const place = { x, y: 1.02, xanchor: "left", yanchor: "bottom" } as const;
  return { text, xref: "paper", yref: "paper", ...place, showarrow: false, font };
}

function points(name: string, color: string, values: readonly number[]): ScatterTrace {
  const count = Math.min(mostPoints, values.length);
  const shown = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * values.length) / count));
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: shown.map((i) => i + 1),
    y: shown.map((i) => values[i]!),
    marker: { color, size: 3, symbol: "circle" },
    opacity: 0.45,
    showlegend: false,
  };
}

function mean(name: string, color: string, values: readonly number[]): ScatterTrace {
  const half = Math.floor((values.length * window) / 2);
  const sums = [0];
  for (const value of values) sums.push(sums.at(-1)! + value);
  const shown = evenly(values.length);
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: shown.map((i) => i + 1),
    y: shown.map((i) => {
      const [from, to] = [Math.max(0, i - half), Math.min(values.length, i + half + 1)];
      return (sums[to]! - sums[from]!) / (to - from);
    }),
    line: { color, width: 2 },
  };
}

/** Ranks from the first to the last, at most `mostPoints`. */
function evenly(count: number): number[] {
  const steps = Math.min(mostPoints, count);
  return Array.from({ length: steps }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, steps - 1)));
}
