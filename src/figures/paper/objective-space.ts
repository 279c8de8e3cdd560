import type { RunSnapshot } from "../../runs/snapshot.ts";
import { axis, baseLayout, paddedRange } from "../axes.ts";
import { fadedPath } from "../fade.ts";
import { evaluatedPath, type Loss } from "../gaps.ts";
import type { Drawn, Layout, ScatterTrace, Shape } from "../trace.ts";
import { paperTheme } from "./picture.ts";

/** The pale yellow that every path of the paper's figures fades from. */
const pale = "#fff59a";
const idealLine = "#b8b400";

/** A run as a path of a figure. */
export interface PathOfRun {
  /** In the legend. */
  readonly name: string;
  readonly color: string;
  readonly snapshot: RunSnapshot;
  /** Drawn, but not in the legend. */
  readonly unnamed?: boolean;
  /** A run that was made again: its evaluated points as white dots over the path of the first. */
  readonly again?: boolean;
}

export interface PathsOptions {
  readonly title?: string;
  /** Ranges of f_SFT and f_DPO, where several panels share them; all of the paths if left out. */
  readonly x?: readonly [number, number];
  readonly y?: readonly [number, number];
  /** Names beside their stars, below the panel. */
  readonly legend?: boolean;
}

/** Paths in objective space as in Figures 1 to 3: f_SFT to the right, f_DPO upwards, dashed lines that meet at the ideal point. */
export function pathsPanel(runs: readonly PathOfRun[], ideal: Loss, options: PathsOptions = {}): Drawn {
  const paths = runs.map(({ snapshot }) => evaluatedPath(snapshot));
  const x = options.x ?? paddedRange([...paths.flatMap((path) => path.sft), ideal.sft]);
  const y = options.y ?? paddedRange([...paths.flatMap((path) => path.dpo), ideal.dpo]);
  const line = { color: idealLine, width: 1.5, dash: "dash" } as const;
  const shared = { type: "line", xref: "x", yref: "y", line, layer: "between" } as const;
  const shapes: Shape[] = [
    { ...shared, x0: ideal.sft, x1: x[1], y0: ideal.dpo, y1: ideal.dpo },
    { ...shared, x0: ideal.sft, x1: ideal.sft, y0: ideal.dpo, y1: y[1] },
  ];
  const extent = [x[1] - x[0], y[1] - y[0]] as const;
  const named = new Set(options.legend ? runs.filter((run) => !run.unnamed).map(({ name }) => name) : []);
  return {
    traces: [
      ...runs.flatMap(({ name, color, again }, i) => {
        const { sft, dpo } = paths[i]!;
        return again ? [dots(name, sft, dpo, color)] : drawnPath(name, color, sft, dpo, extent);
      }),
      point("Ideal point", ideal.sft, ideal.dpo, "#000000", "star", 12),
    ].map((trace) => (named.has(trace.name) && isMark(trace) ? { ...trace, showlegend: true } : trace)),
    layout: {
      ...panelLayout(options.title),
      showlegend: options.legend ?? false,
      shapes,
      xaxis: axis("f<sub>SFT</sub>(θ)", paperTheme, { range: x }),
      yaxis: axis("f<sub>DPO</sub>(θ)", paperTheme, { range: y }),
    },
  };
}

/** Of a run's own traces: its star, or the dots of one made again. */
const isMark = ({ mode }: ScatterTrace) => mode === "markers";

/** The faded path, a black dot where it starts and a coloured star where it ends. */
export function drawnPath(
  name: string,
  color: string,
  x: readonly number[],
  y: readonly number[],
  extent: readonly [number, number],
): ScatterTrace[] {
  if (x.length === 0) return [];
  return [
    ...fadedPath(x, y, { name, color, background: pale, dash: "solid", width: 3, pieces: 24, extent }),
    point("Start", x[0]!, y[0]!, "#000000", "circle", 7),
    point(name, x.at(-1)!, y.at(-1)!, color, "star", 14),
  ];
}

function point(
  name: string,
  x: number,
  y: number,
  color: string,
  symbol: "circle" | "star",
  size: number,
): ScatterTrace {
  const line = { color: "#000000", width: 0.8 };
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: [x],
    y: [y],
    marker: { color, size, symbol, line },
    showlegend: false,
  };
}

function dots(name: string, x: readonly number[], y: readonly number[], color: string): ScatterTrace {
  const marker = { color: "#ffffff", size: 5, symbol: "circle", line: { color, width: 1.2 } } as const;
  return { type: "scatter", mode: "markers", name, x, y, marker, showlegend: false };
}

/** What all panels share: small letters, little room around, no legend. */
export function panelLayout(title?: string): Omit<Layout, "xaxis" | "yaxis"> {
  const base = baseLayout(paperTheme, { legend: "below", narrow: false, ...(title ? { title } : {}) });
  return {
    ...base,
    ...(title ? { title: { text: title, font: { size: 12 } } } : {}),
    font: { family: paperTheme.fontFamily, size: 10, color: paperTheme.text },
    legend: { ...base.legend, font: { size: 10 } },
    margin: { l: 40, r: 10, t: title ? 34 : 10, b: 30 },
    showlegend: false,
  };
}
