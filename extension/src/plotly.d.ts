declare module "plotly.js-basic-dist-min" {
  import type { GappedTrace } from "../../src/figures/contour-lines.ts";
  import type { BarTrace, Layout, ScatterTrace } from "../../src/figures/trace.ts";

  type Trace = ScatterTrace | BarTrace | GappedTrace;

  interface Config {
    readonly displaylogo: boolean;
    readonly showSendToCloud: boolean;
    readonly responsive: boolean;
    readonly modeBarButtonsToRemove: readonly string[];
    readonly toImageButtonOptions: { readonly filename: string; readonly scale: number };
  }
  type Sized = Layout & { readonly width: number; readonly height: number };

  interface DrawnAxis {
    readonly range: readonly [number, number];
    /** From a value of a linear axis to pixels within the plotting area. */
    readonly l2p: (value: number) => number;
  }

  export interface PlotlyNode extends HTMLElement {
    on(
      event: "plotly_click",
      listener: (event: { points: readonly { data: { legendgroup?: string } }[] }) => void,
    ): void;
    removeAllListeners(event: "plotly_click"): void;
    /** Plotly's own state, with its defaults filled in; not documented, so an update may change it. */
    readonly _fullLayout: {
      readonly xaxis: DrawnAxis;
      readonly yaxis: DrawnAxis;
      readonly xaxis2?: DrawnAxis;
      readonly yaxis2?: DrawnAxis;
    };
    readonly _fullData: readonly { readonly uid: string; readonly visible: boolean | "legendonly" }[];
  }

  const Plotly: {
    react(
      node: HTMLElement,
      traces: readonly (Trace & { readonly uid: string })[],
      layout: Sized,
      config: Config,
    ): Promise<void>;
    purge(node: HTMLElement): void;
    /** @returns a `data:` address */
    toImage(
      figure: { readonly data: readonly Trace[]; readonly layout: Layout },
      options: { format: "png"; width: number; height: number; scale: number },
    ): Promise<string>;
  };
  export default Plotly;
}
