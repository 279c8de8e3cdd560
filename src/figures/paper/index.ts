/** Figures in the paper's own layout and colours, at its printed size. */
export { type BarSeries, type BarsOptions, barsPanel } from "./bars-panel.ts";
export { type Curve, type CurvesOptions, curvesPanel } from "./curves.ts";
export { diversityFigure } from "./diversity.ts";
export { type PathOfRun, type PathsOptions, pathsPanel } from "./objective-space.ts";
export {
  type PanelColumn,
  type PanelOptions,
  PaperFigure,
  paperColumns,
  paperPanels,
  paperWidth,
} from "./picture.ts";
export { paperColors, toyFigure } from "./toy.ts";
export { type RunAgain, type TradeOff, tradeOffFigure } from "./trade-offs.ts";
