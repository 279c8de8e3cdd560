/**
 * The subset of plotly's figure model that our figures use. plotly.js draws it in the front end, `static/` draws it
 * as SVG and PNG; neither knows what a run is.
 */

export type Dash = "solid" | "dash" | "dot" | "dashdot" | "longdash";
export type MarkerSymbol =
  | "circle"
  | "square"
  | "diamond"
  | "cross"
  | "triangle-up"
  | "triangle-down"
  | "triangle-left"
  | "triangle-right"
  | "pentagon"
  | "hexagon"
  | "star";
export type Pattern = "" | "/" | "." | "x" | "-";

export interface Line {
  readonly color: string;
  readonly width: number;
  readonly dash?: Dash;
}

export interface Marker {
  readonly color: string;
  readonly size: number;
  readonly symbol: MarkerSymbol;
  readonly line?: { readonly color: string; readonly width: number };
}

interface Placed {
  /** `"x"` or `"x2"`; likewise `yaxis`. */
  readonly xaxis?: "x" | "x2";
  readonly yaxis?: "y" | "y2";
  readonly name: string;
  readonly showlegend?: boolean;
  /** Traces of one group are shown and hidden together. */
  readonly legendgroup?: string;
}

export interface ScatterTrace extends Placed {
  readonly type: "scatter";
  readonly mode: "lines" | "markers" | "lines+markers";
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly line?: Line;
  readonly marker?: Marker;
  readonly opacity?: number;
  /** What a hover template calls `%{customdata}`: steps, as a rule. */
  readonly customdata?: readonly (number | string | readonly number[])[];
  readonly fill?: "toself";
  readonly fillcolor?: string;
  readonly hovertemplate?: string;
  readonly hoverinfo?: "skip";
}

export interface ContourTrace extends Placed {
  readonly type: "contour";
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** `z[i][j]` at (x[j], y[i]). */
  readonly z: readonly (readonly (number | null)[])[];
  /** `size` is the distance of two levels. */
  readonly contours: {
    readonly start: number;
    readonly end: number;
    readonly size: number;
    readonly coloring: "lines";
  };
  readonly colorscale: readonly (readonly [number, string])[];
  readonly line: { readonly width: number };
  readonly showscale: false;
  readonly hoverinfo: "skip";
}

export interface BarTrace extends Placed {
  readonly type: "bar";
  readonly x: readonly string[];
  readonly y: readonly (number | null)[];
  readonly marker: {
    /** Of all bars, or of each. */
    readonly color: string | readonly string[];
    readonly line: { readonly color: string; readonly width: number };
    readonly pattern: {
      readonly shape: Pattern;
      readonly fgcolor: string;
      readonly bgcolor: string;
      readonly size: number;
    };
  };
  /** Whiskers: how far they reach above each bar's value, and below it. */
  readonly error_y?: {
    readonly type: "data";
    readonly symmetric: false;
    readonly array: readonly number[];
    readonly arrayminus: readonly number[];
    readonly color: string;
    readonly thickness: number;
    /** Half of a cap's length, in pixels. */
    readonly width: number;
  };
  /** Written over each bar. */
  readonly text?: readonly string[];
  readonly textposition?: "outside" | "none";
  readonly textfont?: { readonly size: number; readonly color: string };
  readonly cliponaxis?: boolean;
  readonly hovertemplate?: string;
}

export type Trace = ScatterTrace | ContourTrace | BarTrace;

export interface Axis {
  readonly title: { readonly text: string; readonly standoff?: number };
  readonly type?: "linear" | "category";
  readonly tickangle?: 0;
  readonly range?: readonly [number, number];
  readonly domain?: readonly [number, number];
  readonly anchor?: "x" | "x2" | "y" | "y2";
  readonly gridcolor: string;
  readonly linecolor: string;
  readonly showgrid?: boolean;
  readonly showline: boolean;
  readonly mirror: boolean;
  readonly zeroline: boolean;
  readonly zerolinecolor?: string;
  readonly automargin: boolean;
  /** `"allow"`: labels are not measured to hide those that leave the figure; margins have room for them. */
  readonly ticklabeloverflow?: "allow";
}

/** A straight line in data coordinates, over the grid and under the traces. */
export interface Shape {
  readonly type: "line";
  readonly xref: "x" | "x2";
  readonly yref: "y" | "y2";
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly line: Line;
  readonly layer: "between";
}

/** Text at a place given in parts of the plotting area (0 … 1, from the lower left). */
export interface Annotation {
  readonly text: string;
  readonly xref: "paper";
  readonly yref: "paper";
  readonly x: number;
  readonly y: number;
  readonly xanchor: "left" | "center" | "right";
  readonly yanchor: "bottom" | "middle" | "top";
  readonly showarrow: false;
  readonly font: { readonly size: number; readonly color: string };
}

export interface Layout {
  readonly title?: { readonly text: string; readonly font: { readonly size: number } };
  readonly font: { readonly family: string; readonly size: number; readonly color: string };
  readonly paper_bgcolor: string;
  readonly plot_bgcolor: string;
  readonly margin: { readonly l: number; readonly r: number; readonly t: number; readonly b: number };
  readonly showlegend: boolean;
  readonly legend: {
    readonly orientation: "v" | "h";
    readonly x: number;
    readonly y: number;
    /** Parts of the whole figure, where they are not those of the plotting area. */
    readonly xref?: "container";
    readonly yref?: "container";
    readonly xanchor: "left" | "center";
    readonly yanchor: "top" | "bottom";
    readonly font: { readonly size: number };
    readonly bgcolor: string;
    readonly itemwidth: number;
    readonly tracegroupgap: number;
  };
  readonly xaxis: Axis;
  readonly yaxis: Axis;
  readonly xaxis2?: Axis;
  readonly yaxis2?: Axis;
  readonly shapes?: readonly Shape[];
  readonly annotations?: readonly Annotation[];
  readonly barmode?: "group";
  readonly bargap?: number;
  readonly bargroupgap?: number;
  readonly hovermode: "closest";
  /** Constant, so that plotly keeps the reader's zoom when the data change. */
  readonly uirevision: string;
}

export interface Drawn {
  readonly traces: readonly Trace[];
  readonly layout: Layout;
}

export interface Figure extends Drawn {
  /** How high it wants to be, in CSS pixels: more where a legend or two panels need the room. */
  readonly height: number;
}
