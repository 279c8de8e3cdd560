import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { toBundle } from "../../kernel/runtime/bundle.ts";

const shown = async (value: unknown) => (await toBundle(value)).data;

describe("how a value is shown", () => {
  it("as it says itself, with its text beside", async () => {
    const value = { a: 1, [Symbol.for("Jupyter.display")]: async () => ({ "text/markdown": "*a*" }) };
    expect(await shown(value)).toEqual({ "text/markdown": "*a*", "text/plain": inspect(value) });
  });

  it("images by their first bytes", async () => {
    const png = Buffer.from("iVBORw0KGgoAAAANSUhEUg==", "base64");
    expect(await shown(png)).toEqual({
      "image/png": png.toString("base64"),
      "text/plain": "[PNG, 16 bytes]",
    });
    expect(await shown(Uint8Array.of(0xff, 0xd8, 0xff, 0))).toHaveProperty(["image/jpeg"]);
    expect(await shown(Buffer.from("plain"))).toEqual({ "text/plain": "<Buffer 70 6c 61 69 6e>" });
  });

  it("elements and canvases", async () => {
    expect(await shown({ tagName: "P", outerHTML: "<p>a</p>" })).toEqual({
      "text/html": "<p>a</p>",
      "text/plain": "a",
    });
    expect(await shown({ tagName: "svg", outerHTML: "<svg></svg>" })).toHaveProperty(["image/svg+xml"]);
    const canvas = { width: 2, height: 3, toDataURL: (type: string) => `data:${type};base64,AAAA` };
    expect(await shown(canvas)).toEqual({ "image/png": "AAAA", "text/plain": "[2 × 3 canvas]" });
  });

  it("figures of Plotly and Vega", async () => {
    const figure = { data: [{ type: "scatter", x: [1], y: [2] }], layout: { title: "t" } };
    expect(await shown(figure)).toEqual({
      "application/vnd.plotly.v1+json": figure,
      "text/plain": "[Plotly figure, 1 trace]",
    });
    const vega = { $schema: "https://vega.github.io/schema/vega-lite/v5.json", mark: "bar" };
    expect(await shown(vega)).toHaveProperty(["application/vnd.vegalite.v5+json"], vega);
    expect(await shown({ toSpec: () => vega })).toHaveProperty(["application/vnd.vegalite.v5+json"], vega);
    // An object with data of its own is no figure.
    expect(Object.keys(await shown({ data: [1, 2], layout: {} }))).toEqual(["text/plain"]);
  });

  it("data frames as tables", async () => {
    const frame = { columns: ["a", "b"], toRecords: () => [{ a: 1, b: "<x>" }] };
    const { "text/html": html, "text/plain": text } = await shown(frame);
    expect(html).toContain("<td>&lt;x&gt;</td>");
    expect(text).toBe("a  b\n1  <x>");
  });

  it("short typed arrays whole, long ones in short", async () => {
    expect(await shown(Float32Array.of(1, 2))).toEqual({ "text/plain": "Float32Array(2) [ 1, 2 ]" });
    const long = Float64Array.from({ length: 1000 }, (_, i) => (i === 3 ? Number.NaN : i));
    expect(await shown(long)).toEqual({
      "text/plain":
        "Float64Array(1000) [ 0, 1, 2, NaN, 4, 5, …, 994, 995, 996, 997, 998, 999 ]\nmin 0, max 999, mean 499.997, 1 NaN",
    });
    const big = BigInt64Array.from({ length: 101 }, (_, i) => BigInt(i));
    expect((await shown(big))["text/plain"]).toContain("min 0n, max 100n, mean 50");
    expect((await shown(new Float32Array(101).fill(Number.NaN)))["text/plain"]).toContain("101 NaN");
  });
});
