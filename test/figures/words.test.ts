import { describe, expect, it } from "vitest";
import { readMessage } from "../../extension/src/message.ts";
import { type Figure, figure, summaryText, themes, type View, viewsOf } from "../../src/figures/index.ts";
import { runTable } from "../../src/figures/run-table.ts";
import { english, type Words } from "../../src/figures/words.ts";
import type { PlotMessage } from "../../src/runs/snapshot.ts";
import { everything, fourMethods, snapshot } from "./messages.ts";

// A translator that marks whatever goes through it: letters outside of its marks were never translated.

const marking: Words = (text, ...given) => `⟦${english(text, ...given)}⟧`;
/** The same in all languages: methods, objectives, symbols, plotly's own markup. */
const names =
  /<[^>]*>|%\{[^}]*\}|Sequential|Mix|ALRIGHT|MAXRIGHT|MGDA|PCGrad|CAGrad|SFT|DPO|MB|[λθ]|run(-\d+| \d+)?\b/g;

/** What is left of a text without what was translated, names and markup. */
function unmarked(text: string): string {
  let rest = text;
  for (let last = ""; last !== rest; ) {
    last = rest;
    rest = rest.replace(/⟦[^⟦⟧]*⟧/g, "");
  }
  return (rest.replace(names, "").match(/\p{L}+/gu) ?? []).join(" ");
}

/** Every text of a figure that a reader can see. */
function texts({ traces, layout }: Figure): string[] {
  const axes = [layout.xaxis, layout.yaxis, layout.xaxis2, layout.yaxis2];
  return [
    ...axes.flatMap((axis) => (axis ? [axis.title.text] : [])),
    ...(layout.annotations ?? []).map(({ text }) => text),
    ...(layout.title ? [layout.title.text] : []),
    ...traces.flatMap((trace) => [
      ...(trace.showlegend === false ? [] : [trace.name]),
      ...("hovertemplate" in trace && trace.hovertemplate ? [trace.hovertemplate] : []),
      ...(trace.type === "bar" ? trace.x : []),
      ...(trace.type === "scatter" ? (trace.customdata ?? []).filter((one) => typeof one === "string") : []),
    ]),
  ];
}

const steered = snapshot({
  ...everything.runs[0]!,
  name: "run",
  state: "running",
  steered: [{ step: everything.runs[0]!.series.step.at(-1)!, lambda: 0.7 }],
});
const message: PlotMessage = { ...everything, runs: [steered, ...everything.runs.slice(1)] };
const { title: _, ...untitled } = message;
const views = [...new Set<View>([...viewsOf(message), "front", "bars"])];

describe.each([400, 900])("every word of a figure %i pixels wide goes through the translator", (width) => {
  it.each(views)("%s", (view) => {
    const overlays = { front: true, lambdas: true };
    const drawn = figure(untitled, themes.light, { view, width, overlays, words: marking });
    expect(texts(drawn).map(unmarked).filter(Boolean)).toEqual([]);
    expect(texts(drawn).join("")).toContain("⟦");
  });
});

it("so do a figure's words before its first point, the table, the summary and what is wrong with a message", () => {
  const nothing = { ...fourMethods, runs: [snapshot({ start: null, ideal: null })] };
  expect(
    texts(figure(nothing, themes.light, { words: marking }))
      .map(unmarked)
      .filter(Boolean),
  ).toEqual([]);
  const { head, rows } = runTable(message, marking);
  expect([...head, ...rows.flat()].map(unmarked).filter(Boolean)).toEqual([]);
  for (const one of [untitled, { ...untitled, view: "bars" as const, runs: [] }, nothing])
    expect(unmarked(summaryText(one, marking))).toBe("");
  for (const bad of [{ version: 2 }, { ...fourMethods, runs: [{ runId: 7 }] }])
    expect(() => readMessage(bad, marking)).toThrow(/^⟦[^⟧]*⟧$/);
});

it("finds a word that went past the translator", () => {
  expect(unmarked("⟦step ⟦1⟧⟧ <b>Mix</b> DPO gap")).toBe("gap");
});

it("without a translator they are English, and numbers stand where they belong", () => {
  expect(english("λ → %1 at step %2", 0.5, 10)).toBe("λ → 0.5 at step 10");
  expect(figure(untitled, themes.light, { view: "objective" }).layout.xaxis.title.text).toContain("SFT loss");
});
