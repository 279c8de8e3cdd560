import { expect, test } from "vitest";
import { CLAIMS_MIME, Claims } from "../../src/evaluation/claims.ts";

const bundle = (claims: Claims) =>
  (claims as unknown as Record<symbol, () => Record<string, any>>)[Symbol.for("Jupyter.display")]();

test("a claim that does not hold is shown as not held, in the text, the table and for programs", () => {
  const claims = new Claims("Toy")
    .near("distance", 1.517, 1.517, 5e-4)
    .near("gap", 0.27104, 0.256843, 1e-3, 5);
  const shown = bundle(claims);
  expect(shown["text/plain"]).toContain("1 of 2 claims held");
  expect(shown["text/plain"]).toContain("NOT HELD  gap  (paper: 0.256843 ± 0.001; here: 0.27104)");
  expect(shown["text/html"]).toContain("✗ not held");
  expect(shown[CLAIMS_MIME].claims.map((claim: { held: boolean }) => claim.held)).toEqual([true, false]);
});

test("text from a notebook is escaped in the table", () => {
  const claims = new Claims("<b>").check("f < g & h", true, { here: '"1"' });
  expect(claims.toHtml()).toContain("f &lt; g &amp; h");
  expect(claims.toHtml()).not.toContain("<b>");
});

test("NaN never holds", () => {
  expect(new Claims("NaN").near("loss", Number.NaN, 1, 10).held).toBe(0);
});

test("a claim names its item of the paper, and why it does not hold", () => {
  const claims = new Claims("Theory")
    .of("Theorem 3.3")
    .near("gap", 0.27104, 0.256843, 1e-6, 5, "a misprint: <½ log((2+2c)/c*)>");
  expect(claims.toHtml()).toContain('<td style="text-align:left;white-space:nowrap">Theorem 3.3</td>');
  expect(claims.toHtml()).toContain("a misprint: &lt;½ log((2+2c)/c*)&gt;");
  expect(claims.toText()).toContain("NOT HELD  Theorem 3.3: gap");
  expect(bundle(claims)[CLAIMS_MIME].claims[0]).toMatchObject({ item: "Theorem 3.3", held: false });
});
