import type { PlotlyNode } from "plotly.js-basic-dist-min";
import { pathThrough, tenths } from "../../src/figures/moved.ts";
import type { ScatterTrace } from "../../src/figures/trace.ts";

export type Movable = ScatterTrace & { readonly uid: string };

/**
 * Moves a drawn plot's lines and markers to where these traces have them, and writes their names into the legend. Plotly's own
 * update of a dozen paths takes sixty milliseconds, most of it for what stays as it is; this takes five. Plotly does not know of
 * it: what it is asked next (a hover, a zoom) needs a drawing of its own before.
 *
 * @param traces of the same frame as the drawn ones
 * @returns false where an element is missing; then some may have been moved
 */
export function move(node: PlotlyNode, drawn: readonly Movable[], traces: readonly Movable[]): boolean {
  const { xaxis, yaxis, xaxis2 = xaxis, yaxis2 = yaxis } = node._fullLayout;
  const across = { x: xaxis.l2p, x2: xaxis2.l2p };
  const down = { y: yaxis.l2p, y2: yaxis2.l2p };
  const elements = new Map<string, Element>();
  for (const element of node.querySelectorAll(".scatterlayer > .trace"))
    for (const name of element.classList) elements.set(name, element);
  const names = new Map<string, SVGTextElement>();
  for (const text of node.querySelectorAll<SVGTextElement>(".legendtext")) names.set(text.textContent, text);
  return traces.every((trace, i) => {
    const { uid, x, y, name, xaxis: ofX = "x", yaxis: ofY = "y" } = trace;
    const before = drawn[i]!;
    if (before.x !== x || before.y !== y) {
      const element = elements.get(`trace${uid}`);
      if (!element) return hiddenByReader(node, uid);
      if (trace.mode !== "markers") {
        const path = pathThrough(trace, across[ofX], down[ofY]);
        for (const line of element.querySelectorAll(".js-line, .js-fill"))
          if (line.getAttribute("d") !== path) line.setAttribute("d", path);
      }
      if (trace.mode !== "lines") {
        const markers = element.querySelectorAll(".point");
        if (markers.length !== x.length) return false;
        markers.forEach((marker, at) => {
          const place = [tenths(across[ofX](x[at]!)), tenths(down[ofY](y[at]!))];
          marker.setAttribute("transform", `translate(${place})`);
        });
      }
    }
    if (name === before.name || trace.showlegend === false) return true;
    const text = names.get(before.name);
    if (text) text.textContent = name;
    return text !== undefined;
  });
}

/** A click on the legend hides a trace, and plotly then has no element for it. */
function hiddenByReader(node: PlotlyNode, uid: string): boolean {
  return node._fullData.some((trace) => trace.uid === uid && trace.visible !== true);
}
