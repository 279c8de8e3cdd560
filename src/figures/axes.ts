import type { Theme } from "./theme.ts";
import type { Axis, Layout } from "./trace.ts";
import type { Words } from "./words.ts";

/** A range with room on both sides; a single value gets room as if it were a tenth of its size wide. */
export function paddedRange(values: Iterable<number>, share = 0.06): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const width = high - low || Math.max(Math.abs(high) * 0.1, 1e-3);
  return [low - width * share, high + width * share];
}

/**
 * A range a little wider, whose ends are round: one that grows with its run stays the same for a while, and a plot whose axes stay
 * is drawn in a fraction of the time.
 */
export function steadyRange([low, high]: readonly [number, number]): [number, number] {
  const least = (high - low) / 25;
  if (!(least > 0) || !Number.isFinite(least)) return [low, high];
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([5, 2].find((times) => power * times <= least) ?? 1);
  const round = (end: number) => Number(end.toPrecision(12));
  return [round(Math.floor(low / step) * step), round(Math.ceil(high / step) * step)];
}

export function axis(title: string, theme: Theme, more: Partial<Axis> = {}): Axis {
  return {
    title: { text: title, standoff: 8 },
    gridcolor: theme.grid,
    linecolor: theme.axis,
    showline: true,
    mirror: true,
    zeroline: false,
    automargin: true,
    ticklabeloverflow: "allow",
    ...more,
  };
}

type Span = readonly [number, number];
export interface Place {
  readonly x: Span;
  readonly y: Span;
}

/** Where two panels stand: side by side, or in a narrow figure one above the other. */
export function panelPlaces({ narrow }: LayoutOptions): readonly [Place, Place] {
  return narrow
    ? [
        { x: [0, 1], y: [0.6, 1] },
        { x: [0, 1], y: [0, 0.4] },
      ]
    : [
        { x: [0, 0.44], y: [0, 1] },
        { x: [0.56, 1], y: [0, 1] },
      ];
}

export interface LayoutOptions {
  readonly title?: string;
  /** Beside the plot, or below it. */
  readonly legend: "beside" | "below";
  readonly narrow: boolean;
  /** English where they are left out. */
  readonly words?: Words;
}

/** At the foot of the figure, where it takes room from the panels' height alone, however wide it is. */
const below = {
  orientation: "h",
  xref: "container",
  yref: "container",
  x: 0.5,
  y: 0.01,
  xanchor: "center",
  yanchor: "bottom",
} as const;
const beside = { orientation: "v", x: 1.02, y: 1, xanchor: "left", yanchor: "top" } as const;

/** What every figure shares: fonts, colours, margins, and a legend that never lies over the data. */
export function baseLayout(theme: Theme, { title, legend }: LayoutOptions): Omit<Layout, "xaxis" | "yaxis"> {
  return {
    ...(title ? { title: { text: title, font: { size: 15 } } } : {}),
    font: { family: theme.fontFamily, size: 12, color: theme.text },
    paper_bgcolor: theme.background,
    plot_bgcolor: theme.background,
    margin: { l: 64, r: 24, t: title ? 46 : 28, b: 40 },
    showlegend: true,
    legend: {
      ...(legend === "below" ? below : beside),
      font: { size: 12 },
      bgcolor: "rgba(0,0,0,0)",
      itemwidth: 38,
      tracegroupgap: 0,
    },
    hovermode: "closest",
    uirevision: "alright",
  };
}
