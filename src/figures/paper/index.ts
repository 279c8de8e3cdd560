/** Figures in the paper's own layout and colours, at its printed size. */
export { type Curve, type CurvesOptions, curvesPanel } from "./curves.ts";
export { type PanelOptions, PaperFigure, paperPanels, paperWidth } from "./picture.ts";
export { paperColors, toyFigure } from "./toy.ts";
