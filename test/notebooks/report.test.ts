import { describe, expect, it } from "vitest";

const script = (name: string) => import(new URL(`../../scripts/reproduce/${name}.mjs`, import.meta.url).href);

const held = { item: "Thm 4.1", claim: "E[G] shrinks", expected: "≤ 1", here: "0.5", held: true };
const misprint = { ...held, claim: "the printed bound", held: false, because: "α₀ on the wrong side" };
const figure = { file: "01-toy-1", heading: "Figure 2, as", title: "Figure 2", view: null };
const result = (claims: object[], more: object = {}) => ({
  notebook: "01-toy",
  seconds: 3,
  claims,
  figures: [figure],
  error: null,
  differences: null,
  ...more,
});
const report = (claims: object[], more: object = {}) => ({
  date: "2026-01-01",
  versions: { node: "v24" },
  results: [result(claims, more)],
});

describe("the report", () => {
  it("tells a failure from a misprint, and a misprint from a reason that is no longer true", async () => {
    const { standing } = await script("outputs");
    expect(standing(held)).toBe("held");
    expect(standing({ ...held, held: false })).toBe("failed");
    expect(standing(misprint)).toBe("not held");
    expect(standing({ ...misprint, held: true })).toBe("stale");
  });

  it("finds each number that is not the shipped one, and claims that came or went", async () => {
    const { differences } = await script("shipped");
    expect(differences([held, misprint], [held, misprint])).toEqual([]);
    expect(differences([{ ...held, here: "0.7" }], [held])[0]).toContain(
      "shipped 0.5 (true), here 0.7 (true)",
    );
    expect(differences([held], [])[0]).toContain("not among the shipped");
    expect(differences([], [held])[0]).toContain("is missing");
  });

  it("leaves claims about a run made again to their own tolerance", async () => {
    const { differences } = await script("shipped");
    const again = { ...held, item: "re-run", here: "0.7" };
    expect(differences([held, again], [held])).toEqual([]);
  });

  it("keeps claims of the same words in two tables apart", async () => {
    const { claimsOf } = await script("outputs");
    const { differences } = await script("shipped");
    const table = (title: string, here: string) => ({
      data: { "application/vnd.alright.claims.v1+json": { title, claims: [{ ...held, here }] } },
    });
    const claims = claimsOf({ cells: [{ outputs: [table("a", "1.5"), table("b", "2.5")] }] });
    expect(claims.map((claim: { here: string }) => claim.here)).toEqual(["1.5", "2.5"]);
    expect(differences(claims, claims)).toEqual([]);
  });

  it("takes numbers as equal to the last digit shown, or where only rounding is left, and words as they are", async () => {
    const { sameNumbers } = await script("shipped");
    expect(sameNumbers("G = 0.27104 at T = 13", "G = 0.27105 at T = 13")).toBe(true);
    expect(sameNumbers("to -1.8e-16", "to 2e-17")).toBe(true);
    expect(sameNumbers("5467", "5468")).toBe(false);
    expect(sameNumbers("13", "14")).toBe(false);
    expect(sameNumbers("0.205", "0.208")).toBe(false);
    expect(sameNumbers("1e-5", "2e-5")).toBe(false);
    expect(sameNumbers("G 1", "H 1")).toBe(false);
  });

  it("has every claim with its reason, in HTML and in Markdown, and escapes what a notebook says", async () => {
    const { indexHtml } = await script("page");
    const { markdown } = await script("markdown");
    const claims = [{ ...held, here: "<b>|</b>" }, misprint];
    const html = indexHtml(report(claims));
    expect(html).toContain("&lt;b&gt;|&lt;/b&gt;");
    expect(html).toContain("α₀ on the wrong side");
    expect(html).toContain('src="01-toy-1.svg"');
    const text = markdown(report(claims));
    expect(text).toContain("| ✓ held | Thm 4.1 | E[G] shrinks | ≤ 1 | <b>\\|</b> |");
    expect(text).toContain("✗ not held | Thm 4.1 | the printed bound (α₀ on the wrong side)");
  });

  it("leaves room for the paper's own figure, or shows it", async () => {
    const { comparisonHtml } = await script("page");
    const empty = comparisonHtml(report([held]), new Map());
    expect(empty).toContain("Figure 2 of the paper is not given");
    expect(empty).toContain("No pictures of the paper were given");
    expect(empty).toContain('src="01-toy-1.svg"');
    const given = comparisonHtml(report([held]), new Map([["figure-2", "original-figure-2.png"]]));
    expect(given).toContain('src="original-figure-2.png"');
    expect(given).not.toContain("not given");
    expect(given).not.toContain("No pictures");
  });

  it("shows Table 1 as its notebook does", async () => {
    const { comparisonHtml } = await script("page");
    const { tablesOf } = await script("outputs");
    const markdown = (source: string) => ({ cell_type: "markdown", source });
    const table = (name: string) => ({
      cell_type: "code",
      outputs: [{ data: { "text/html": `<table><tr><td>${name}</td></tr></table>` } }, { data: {} }],
    });
    const cells = [
      markdown("## Before"),
      table("other"),
      markdown("## Table 1"),
      table("first"),
      table("second"),
    ];
    const tables = tablesOf({ cells });
    expect(tables.map(({ heading }: { heading: string }) => heading)).toEqual([
      "Before",
      "Table 1",
      "Table 1",
    ]);
    const { results, ...rest } = report([held]);
    const page = comparisonHtml(
      { ...rest, results: [{ ...results[0], notebook: "07-llama", figures: [], tables }] },
      new Map(),
    );
    expect(page).toContain("<td>first</td>");
    expect(page).not.toMatch(/<td>(other|second)<\/td>/);
  });

  it("knows the paper's pictures by number, and by their names in its sources", async () => {
    const { pictures } = await script("page");
    expect(pictures(["loss_figure.png", "notes.txt", "figure-4.png"])).toEqual([
      { slug: "figure-1", file: "loss_figure.png" },
      { slug: "figure-4", file: "figure-4.png" },
    ]);
    expect(pictures(["pythia1b-dpo-sft.png", "figure-3.png"])).toEqual([
      { slug: "figure-3", file: "figure-3.png" },
    ]);
    expect(pictures([])).toEqual([]);
  });

  it("says of each claim which run was drawn for it, and how that run stands to the shipped one", async () => {
    const { indexHtml } = await script("page");
    const { markdown } = await script("markdown");
    const same = { id: "a/b", seconds: 20, exact: true, sameMachine: true, differences: [], error: null };
    const reruns = [
      { claim: held, id: "a/b", result: same },
      { claim: misprint, id: "a/c", result: { ...same, exact: false, differences: ["tokens: shipped 1"] } },
      { claim: held, id: "a/d", result: null },
    ];
    const drawn = { ...report([held]), draw: 77, grid: null, reruns };
    for (const text of [indexHtml(drawn), markdown(drawn)]) {
      expect(text).toContain("with the seed 77; 2 of the runs");
      expect(text).toContain("the same to the last bit");
      expect(text).toContain("differs: tokens: shipped 1");
      expect(text).toContain("not run again");
    }
    const whole = { ...drawn, draw: null, grid: { runs: 5, made: 2, read: false } };
    expect(indexHtml(whole)).toContain("2 of 5 runs so far. The notebooks above read the shipped runs.");
  });
});
