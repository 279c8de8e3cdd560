import { axis, baseLayout, paddedRange } from "../axes.ts";
import type { Dash, Drawn, ScatterTrace } from "../trace.ts";
import { paperTheme } from "./picture.ts";

/** A function or a measurement to draw. */
export interface Curve {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly color: string;
  readonly dash?: Dash;
  /** Points instead of a line. */
  readonly points?: boolean;
  /** Thin, and left out of the legend: the edge of a band. */
  readonly edge?: boolean;
}

export interface CurvesOptions {
  readonly title?: string;
  readonly x: string;
  readonly y: string;
  /** Of both axes; titles should say log₁₀. Values that have none are left out. */
  readonly logarithmic?: boolean;
  readonly legend?: boolean;
}

/** Curves over one pair of axes, as a panel for `paperPanels`. */
export function curvesPanel(curves: readonly Curve[], options: CurvesOptions): Drawn {
  const drawn = options.logarithmic ? curves.map(logarithms) : curves;
  const base = baseLayout(paperTheme, { legend: "below", narrow: false });
  return {
    traces: drawn.map((curve): ScatterTrace => {
      const marker = {
        color: curve.color,
        size: 7,
        symbol: "circle",
        line: { color: "#000000", width: 0.6 },
      } as const;
      return {
        type: "scatter",
        mode: curve.points ? "markers" : "lines",
        name: curve.name,
        x: curve.x,
        y: curve.y,
        ...(curve.points
          ? { marker }
          : { line: { color: curve.color, width: curve.edge ? 1 : 2, dash: curve.dash ?? "solid" } }),
        showlegend: !curve.edge,
      };
    }),
    layout: {
      ...base,
      ...(options.title ? { title: { text: options.title, font: { size: 12 } } } : {}),
      font: { family: paperTheme.fontFamily, size: 10, color: paperTheme.text },
      legend: { ...base.legend, font: { size: 10 } },
      margin: { l: 40, r: 10, t: options.title ? 34 : 12, b: 30 },
      showlegend: options.legend ?? true,
      xaxis: axis(options.x, paperTheme, {
        range: paddedRange(
          drawn.flatMap((curve) => curve.x),
          0.02,
        ),
      }),
      yaxis: axis(options.y, paperTheme, { range: paddedRange(drawn.flatMap((curve) => curve.y)) }),
    },
  };
}

function logarithms(curve: Curve): Curve {
  const kept = curve.x.map((_, i) => i).filter((i) => curve.x[i]! > 0 && curve.y[i]! > 0);
  return {
    ...curve,
    x: kept.map((i) => Math.log10(curve.x[i]!)),
    y: kept.map((i) => Math.log10(curve.y[i]!)),
  };
}
