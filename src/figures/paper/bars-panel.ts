import { axis, paddedRange } from "../axes.ts";
import type { BarTrace, Drawn } from "../trace.ts";
import { panelLayout } from "./objective-space.ts";
import { paperTheme } from "./picture.ts";

/** One bar of each group. */
export interface BarSeries {
  readonly name: string;
  readonly color: string;
  /** Shades of it, by group; all bars have the one colour if left out. */
  readonly shades?: readonly string[];
  /** By group; null where there is none. */
  readonly values: readonly (number | null)[];
  /** By group: where a whisker begins and ends, such as the smallest and the largest of the values that the bar is the mean of. */
  readonly ranges?: readonly (readonly [low: number, high: number] | null)[];
}

export interface BarsOptions {
  readonly title: string;
  /** Under the bars. */
  readonly groups: readonly string[];
  readonly legend?: boolean;
}

/** Grouped bars under a title, as the right half of Figures 1 and 3. */
export function barsPanel(series: readonly BarSeries[], options: BarsOptions): Drawn {
  const values = series.flatMap((each) => each.values.filter((value) => value !== null));
  const ends = series.flatMap(({ ranges = [] }) => ranges.flatMap((range) => range ?? []));
  const [low, high] = paddedRange([0, ...values, ...ends], 0.08);
  return {
    traces: series.map(
      ({ name, color, shades, values, ranges }): BarTrace => ({
        type: "bar",
        name,
        x: options.groups,
        y: values,
        marker: {
          color: shades ?? color,
          line: { color: "#000000", width: 0.8 },
          pattern: { shape: "", fgcolor: "#ffffff", bgcolor: color, size: 7 },
        },
        ...(ranges && { error_y: whiskers(values, ranges) }),
      }),
    ),
    layout: {
      ...panelLayout(options.title),
      title: { text: options.title, font: { size: 11 } },
      margin: { l: 40, r: 10, t: 29, b: 24 },
      showlegend: options.legend ?? false,
      xaxis: axis("", paperTheme, { type: "category", showgrid: false, tickangle: 0 }),
      yaxis: axis("", paperTheme, {
        range: [[...values, ...ends].some((value) => value < 0) ? low : 0, high],
        zeroline: true,
        zerolinecolor: paperTheme.axis,
      }),
      barmode: "group",
      bargap: 0.3,
      bargroupgap: 0,
    },
  };
}

function whiskers(
  values: BarSeries["values"],
  ranges: NonNullable<BarSeries["ranges"]>,
): NonNullable<BarTrace["error_y"]> {
  const reach = (end: 0 | 1) =>
    values.map((value, i) => Math.abs((ranges[i]?.[end] ?? value ?? 0) - (value ?? 0)));
  return {
    type: "data",
    symmetric: false,
    array: reach(1),
    arrayminus: reach(0),
    color: "#000000",
    thickness: 0.8,
    width: 1.5,
  };
}
