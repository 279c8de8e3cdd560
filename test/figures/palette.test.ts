import { describe, expect, it } from "vitest";
import { luminance, parseColor } from "../../src/figures/color.ts";
import { methodStyle } from "../../src/figures/palette.ts";
import { svgMarker } from "../../src/figures/static/symbols.ts";
import { type ThemeName, themes } from "../../src/figures/theme.ts";

const methods = ["sequential", "mix", "alright", "maxright"];
const kinds: ThemeName[] = ["light", "dark"];

const contrast = (a: string, b: string) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

type Vector = readonly [number, number, number];
const times = (matrix: readonly Vector[], v: Vector) =>
  matrix.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as unknown as Vector;

/** Complete dichromacy in linear sRGB (Machado, Oliveira and Fernandes 2009, severity 1). */
const deficiencies: Record<string, readonly Vector[]> = {
  none: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

/** CIE 1976 L*a*b* (D65) as a person with that deficiency sees it. */
function lab(color: string, deficiency: string): Vector {
  const linear = parseColor(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Vector;
  const [x, y, z] = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    times(deficiencies[deficiency]!, linear),
  );
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 / 116) * t + 16 / 116);
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

describe.each(kinds)("the %s palette", (kind) => {
  const theme = themes[kind];

  it.each(Object.keys(deficiencies))("tells the paper's four methods apart (%s)", (deficiency) => {
    for (const a of methods)
      for (const b of methods) {
        if (a >= b) continue;
        const [p, q] = [a, b].map((m) => lab(methodStyle(m, 0.5, theme).color, deficiency)) as [
          Vector,
          Vector,
        ];
        const distance = Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
        expect(distance, `${a} and ${b}`).toBeGreaterThan(15); // ΔE*ab; about 2.3 is just noticeable
      }
  });

  it("has 3:1 contrast with the background at λ = 0.5 (WCAG 2.2, 1.4.11)", () => {
    for (const method of [...methods, "sft", "dpo", "my-method"])
      expect(contrast(methodStyle(method, 0.5, theme).color, theme.background), method).toBeGreaterThan(3);
  });

  it("goes further from the background as λ grows", () => {
    for (const method of methods) {
      const contrasts = [0, 0.25, 0.5, 0.75, 1].map((lambda) =>
        contrast(methodStyle(method, lambda, theme).color, theme.background),
      );
      expect(contrasts).toEqual([...contrasts].sort((a, b) => a - b));
      expect(contrasts[0]).toBeGreaterThan(1.6);
    }
  });

  it("gives each of the four its own dash, marker and bar pattern", () => {
    const styles = methods.map((method) => methodStyle(method, 0.5, theme));
    for (const key of ["dash", "symbol", "pattern", "color"] as const)
      expect(new Set(styles.map((style) => style[key])).size).toBe(4);
  });

  it("gives every built-in method its own marker, in plotly and in pictures", () => {
    const named = [...methods, "sft", "dpo", "mgda", "pcgrad", "cagrad"];
    const symbols = named.map((method) => methodStyle(method, 0.5, theme).symbol);
    expect(new Set(symbols).size).toBe(named.length);
    const drawn = symbols.map((symbol) => svgMarker({ symbol, color: "#000", size: 10 }, 0, 0));
    expect(new Set(drawn).size).toBe(named.length);
  });

  it("knows methods from a cell, whatever their names", () => {
    for (const name of ["my-method", "constructor", "__proto__", ""])
      expect(methodStyle(name, null, theme).color).toMatch(/^#[0-9a-f]{6}$/);
  });
});
