import { mix } from "./color.ts";
import type { Theme } from "./theme.ts";
import type { Dash, MarkerSymbol, Pattern } from "./trace.ts";

/** How a run is drawn: colour, dash, marker and bar pattern each tell its method, so that none is needed alone. */
export interface MethodStyle {
  readonly color: string;
  readonly dash: Dash;
  readonly symbol: MarkerSymbol;
  readonly pattern: Pattern;
}

interface Family {
  readonly label: string;
  readonly light: string;
  readonly dark: string;
  readonly dash: Dash;
  readonly symbol: MarkerSymbol;
  readonly pattern: Pattern;
}

// The paper's families (greens Sequential, purples Mix, reds ALRIGHT, blues MAXRIGHT), each hue moved to where people
// with a colour-vision deficiency still tell the four apart (after Okabe and Ito 2008).
const families: Readonly<Record<string, Family>> = {
  sequential: {
    label: "Sequential",
    light: "#00875f",
    dark: "#2fc39a",
    dash: "dash",
    symbol: "square",
    pattern: "/",
  },
  mix: { label: "Mix", light: "#b25a96", dark: "#e39bcb", dash: "dot", symbol: "diamond", pattern: "." },
  alright: {
    label: "ALRIGHT",
    light: "#d04a02",
    dark: "#ff7a3c",
    dash: "solid",
    symbol: "cross",
    pattern: "",
  },
  maxright: {
    label: "MAXRIGHT",
    light: "#0b62a8",
    dark: "#5aaef0",
    dash: "dashdot",
    symbol: "triangle-up",
    pattern: "x",
  },
  sft: {
    label: "SFT",
    light: "#8a6d00",
    dark: "#d9b84a",
    dash: "longdash",
    symbol: "pentagon",
    pattern: "-",
  },
  dpo: {
    label: "DPO",
    light: "#5c5c66",
    dark: "#b4b4c0",
    dash: "longdash",
    symbol: "triangle-down",
    pattern: "-",
  },
  mgda: {
    label: "MGDA",
    light: "#7a4b2a",
    dark: "#cf9a70",
    dash: "longdash",
    symbol: "hexagon",
    pattern: "-",
  },
  pcgrad: {
    label: "PCGrad",
    light: "#00757f",
    dark: "#3fc3cf",
    dash: "dash",
    symbol: "triangle-right",
    pattern: "/",
  },
  cagrad: {
    label: "CAGrad",
    light: "#6a51a3",
    dark: "#b3a1e6",
    dash: "dashdot",
    symbol: "triangle-left",
    pattern: ".",
  },
};

/** What methods defined in a cell look like, by the order of their names' hash. */
const others = ["mgda", "pcgrad", "cagrad"].map((name) => families[name]!);

function familyOf(method: string): Family {
  const name = method.toLowerCase();
  if (Object.hasOwn(families, name)) return families[name]!;
  let hash = 0;
  for (const character of method) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  return { ...others[hash % others.length]!, label: method };
}

/** A method's name as the paper writes it. */
export function methodLabel(method: string): string {
  return familyOf(method).label;
}

/** The style of a method at λ: the larger λ, the further its shade is from the background. */
export function methodStyle(method: string, lambda: number | null, theme: Theme): MethodStyle {
  const { dash, symbol, pattern, ...family } = familyOf(method);
  const base = family[theme.kind];
  const away = theme.kind === "light" ? "#000000" : "#ffffff";
  const shift = lambda === null ? 0 : Math.max(-1, Math.min(1, 2 * lambda - 1));
  const color = shift < 0 ? mix(base, theme.background, -0.42 * shift) : mix(base, away, 0.42 * shift);
  return { color, dash, symbol, pattern };
}
