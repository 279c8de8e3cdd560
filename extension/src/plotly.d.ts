declare module "plotly.js-cartesian-dist-min" {
  import type { Layout, Trace } from "../../src/figures/trace.ts";

  interface Config {
    readonly displaylogo: boolean;
    readonly showSendToCloud: boolean;
    readonly responsive: boolean;
    readonly modeBarButtonsToRemove: readonly string[];
    readonly toImageButtonOptions: { readonly filename: string; readonly scale: number };
  }
  type Sized = Layout & { readonly width: number; readonly height: number };

  const Plotly: {
    react(
      node: HTMLElement,
      traces: readonly (Trace & { readonly uid: string })[],
      layout: Sized,
      config: Config,
    ): Promise<void>;
    purge(node: HTMLElement): void;
  };
  export default Plotly;
}
