import { hex, luminance, mix, parseColor } from "../../src/figures/color.ts";
import type { Theme } from "../../src/figures/theme.ts";

/** JupyterLab's theme as it applies to a node, from its `--jp-*` variables. */
export function themeAt(node: HTMLElement): Theme {
  const probe = document.createElement("span");
  probe.style.display = "none";
  node.append(probe);
  // A computed colour has names, variables and calculations resolved.
  const color = (variable: string, fallback: string) => {
    probe.style.color = `var(${variable}, ${fallback})`;
    return getComputedStyle(probe).color;
  };
  const background = hex(parseColor(color("--jp-layout-color0", "white")));
  const over = (text: string) => {
    const alpha = /^rgba\([^)]*[,/]\s*([\d.]+)\s*\)$/.exec(text)?.[1];
    return mix(background, hex(parseColor(text)), alpha === undefined ? 1 : Number(alpha));
  };
  const text = over(color("--jp-content-font-color1", "black"));
  const fontFamily = getComputedStyle(document.body).getPropertyValue("--jp-ui-font-family").trim();
  probe.remove();
  return {
    kind: luminance(background) > 0.35 ? "light" : "dark",
    background,
    text,
    grid: mix(background, text, 0.13),
    axis: mix(background, text, 0.45),
    fontFamily: fontFamily || "sans-serif",
  };
}
