import { describe, expect, it } from "vitest";
import { renderPng, renderSvg, summaryText } from "../../src/figures/index.ts";
import { isolines } from "../../src/figures/static/isolines.ts";
import { niceTicks, tickText } from "../../src/figures/static/ticks.ts";
import { fourMethods, snapshot, toy } from "./messages.ts";

describe("ticks", () => {
  it("are round, inside the range, and evenly spaced", () => {
    expect(niceTicks(1.46, 2.18, 8)).toEqual({
      values: [1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.1].map((v) => expect.closeTo(v, 12)),
      decimals: 1,
    });
    expect(niceTicks(0, 400, 5).values).toEqual([0, 100, 200, 300, 400]);
    expect(niceTicks(-3e-5, 3e-5, 3).decimals).toBe(5);
    expect(niceTicks(2, 2, 5).values).toEqual([2]);
    // Two at least, in a low panel, too.
    expect(niceTicks(0.9, 9.7, 2).values).toEqual([2, 4, 6, 8]);
    expect(niceTicks(-0.8, 9.8, 2).values).toEqual([0, 5]);
  });

  it("have a true minus sign, and no minus zero", () => {
    expect(tickText(-0.5, 1)).toBe("−0.5");
    expect(tickText(-1e-17, 2)).toBe("0.00");
  });
});

describe("isolines", () => {
  it("of x² + y² are a circle", () => {
    const axis = Array.from({ length: 81 }, (_, i) => -2 + i / 20);
    const z = axis.map((y) => axis.map((x) => x * x + y * y));
    const segments = isolines(axis, axis, z, 1);
    expect(segments.length).toBeGreaterThan(100);
    for (const [x0, y0, x1, y1] of segments) {
      expect(Math.hypot(x0, y0)).toBeCloseTo(1, 2);
      expect(Math.hypot(x1, y1)).toBeCloseTo(1, 2);
    }
    const length = segments.reduce((sum, [x0, y0, x1, y1]) => sum + Math.hypot(x1 - x0, y1 - y0), 0);
    expect(length).toBeCloseTo(2 * Math.PI, 1);
  });

  it("of a saddle never cross, and cells with a hole are left out", () => {
    const up = isolines(
      [0, 1],
      [0, 1],
      [
        [1, 0],
        [0, 1],
      ],
      0.4,
    );
    // The mean is above the level, so the corners that lie below are cut off on their own.
    expect(up).toHaveLength(2);
    for (const [x0, y0, x1, y1] of up) expect(Math.abs(x0 - x1) + Math.abs(y0 - y1)).toBeLessThan(1);
    const down = isolines(
      [0, 1],
      [0, 1],
      [
        [1, 0],
        [0, 1],
      ],
      0.6,
    );
    expect(down).toHaveLength(2);
    expect(
      isolines(
        [0, 1],
        [0, 1],
        [
          [1, null],
          [0, 1],
        ],
        0.5,
      ),
    ).toEqual([]);
  });
});

describe("SVG", () => {
  it("shows every legend name, both axes' titles, and no text that is not escaped", () => {
    const svg = renderSvg(fourMethods);
    for (const text of ["Sequential", "Mix λ=0.5", "ALRIGHT λ=0.5", "MAXRIGHT λ=0.5", "Start", "Ideal point"])
      expect(svg).toContain(`>${text}<`);
    expect(svg).toMatch(/SFT loss {2}f<tspan[^>]*>SFT<\/tspan>/);
    const evil = { ...fourMethods, title: `"><script>alert(1)</script>&` };
    expect(renderSvg(evil)).not.toContain("<script");
  });

  it.each(["objective", "losses", "bars", "front"] as const)("draws %s without a broken number", (view) => {
    expect(renderSvg(fourMethods, { view })).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("draws a run without any point", () => {
    const svg = renderSvg({ version: 1, view: "objective", runs: [snapshot({ start: null, ideal: null })] });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("a legend that is too long for the picture", () => {
  it("says how many names are missing", () => {
    const runs = Array.from({ length: 60 }, (_, i) => snapshot({ runId: `run-${i}`, name: `run ${i}` }));
    const svg = renderSvg({ version: 1, view: "objective", runs });
    const shown = [...svg.matchAll(/>ALRIGHT λ=0\.5 · run \d+</g)].length;
    expect(shown).toBeGreaterThan(15);
    expect(svg).toContain(`… and ${60 + 2 - shown} more`); // the start and the ideal point have names too
  });
});

describe("PNG", () => {
  it("is a picture of the asked size, with the theme's background", async () => {
    const png = Buffer.from(await renderPng(toy, { theme: "dark", width: 500, height: 300, scale: 1.5 }));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([750, 450]);
  });

  it("has letters, though it reads no font of the system", async () => {
    const without = { ...fourMethods, runs: [] };
    const titled = await renderPng({ ...without, title: "θ λ → A title of some length" });
    const bare = await renderPng({ ...without, title: " " });
    expect(titled.length).toBeGreaterThan(bare.length + 1000);
  });
});

describe("in words", () => {
  it("says method, λ, step, losses, gaps and ideal distance", () => {
    const [text] = summaryText({ ...fourMethods, runs: [fourMethods.runs[2]!] }).split("\n");
    expect(text).toBe(
      "ALRIGHT λ=0.5: finished, step 400 of 400; DPO loss 0.314, SFT loss 1.59; " +
        "optimality gaps: DPO 0.249, SFT 0.0959; distance from the ideal point 0.267",
    );
  });

  it("says what a run that has no losses yet is doing", () => {
    const run = snapshot({ state: "preparing", note: "reference values", step: 0, start: null });
    expect(summaryText({ version: 1, view: "objective", runs: [run] })).toBe(
      "ALRIGHT λ=0.5: preparing, step 0 of 200; reference values",
    );
  });
});
