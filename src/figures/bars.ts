import type { Bars } from "../runs/snapshot.ts";
import { axis, baseLayout, type LayoutOptions, paddedRange } from "./axes.ts";
import { formatNumber, labelOf, plainText, shorten } from "./label.ts";
import { methodStyle } from "./palette.ts";
import type { Theme } from "./theme.ts";
import type { BarTrace, Drawn } from "./trace.ts";
import { english } from "./words.ts";

/** More bars than this have no room for their values: in a wide figure, and in a narrow one. */
const mostNumbers = { wide: 18, narrow: 6 };

/** Grouped bars, one of each group per run: gaps and ideal distance, as in Figure 1. */
export function barsFigure(bars: Bars, theme: Theme, layout: LayoutOptions): Drawn {
  const { words = english } = layout;
  const groups = bars.groups.map((group) =>
    layout.narrow ? inTwoLines(plainText(words(group))) : plainText(words(group)),
  );
  const numbers = bars.series.length * groups.length <= mostNumbers[layout.narrow ? "narrow" : "wide"];
  const names = uniqueNames(
    bars.series.map((series) => series.name || labelOf(series.method, series.lambda)),
  );
  const traces = bars.series.map((series, i): BarTrace => {
    const { color, pattern } = methodStyle(series.method, series.lambda, theme);
    return {
      type: "bar",
      name: names[i]!,
      x: groups,
      y: groups.map((_, g) => series.values[g] ?? null),
      marker: {
        color,
        line: { color: theme.text, width: 0.75 },
        pattern: { shape: pattern, fgcolor: theme.background, bgcolor: color, size: 7 },
      },
      text: groups.map((_, g) => {
        const value = series.values[g];
        return typeof value === "number" ? formatNumber(value, 2) : "";
      }),
      textposition: numbers ? "outside" : "none",
      textfont: { size: 11, color: theme.text },
      cliponaxis: false,
      hovertemplate: `<b>${names[i]}</b><br>%{x}: %{y:.4g}<extra></extra>`,
    };
  });
  const values = traces.flatMap((trace) => trace.y.filter((value) => value !== null));
  const [low, high] = paddedRange([0, ...values], numbers ? 0.1 : 0.04);
  return {
    traces,
    layout: {
      ...baseLayout(theme, { ...layout, title: layout.title ?? plainText(words(bars.title)) }),
      xaxis: axis("", theme, { type: "category", showgrid: false, tickangle: 0 }),
      yaxis: axis("", theme, {
        range: [values.some((value) => value < 0) ? low : 0, high],
        zeroline: true,
        zerolinecolor: theme.axis,
      }),
      barmode: "group",
      bargap: 0.22,
      bargroupgap: 0.06,
    },
  };
}

/** Broken at the space nearest to the middle. */
function inTwoLines(text: string): string {
  const spaces = [...text.matchAll(/ /g)].map((match) => match.index);
  const middle = (at: number) => Math.abs(at - text.length / 2);
  const [best] = spaces.sort((a, b) => middle(a) - middle(b));
  return best === undefined ? text : `${text.slice(0, best)}<br>${text.slice(best + 1)}`;
}

function uniqueNames(names: readonly string[]): string[] {
  return names.map((name, i) => {
    const twins = names.filter((other) => other === name).length > 1;
    return twins
      ? `${shorten(name, 22)} (${names.slice(0, i + 1).filter((other) => other === name).length})`
      : shorten(name);
  });
}
