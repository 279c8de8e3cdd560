import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeKernelSpec } from "../../kernel/spec.ts";
import type { Claim } from "../../src/index.ts";

// The exact notebooks as `npm run reproduce` executes them: every item of the paper that is theirs has its claims, those that should hold do, and
// the misprints are found.

const root = fileURLToPath(new URL("../../", import.meta.url));
const script = (name: string) => import(new URL(`../../scripts/reproduce/${name}.mjs`, import.meta.url).href);
const hasVenv = existsSync(join(root, ".venv/bin/python"));
if (!hasVenv) console.warn("The notebooks are not executed: no .venv (npm run setup makes it)");

const figureOf = {
  "01-toy": "Figure 2",
  "02-theory": "Figure 5",
  "06-max-evaluation-step": "Figure 4",
  "08-data-diversity": "Figure 6",
} as const;

/** The items of the paper that each notebook recomputes, and how many of their claims are known not to hold. */
const expected = {
  "01-toy": { "Fig. 2, Table 3": 1 },
  "02-theory": {
    "Fig. 5, Table 2, Thm 3.3": 3,
    "Thm 4.1": 1,
    "Prop. A.1": 1,
    "Prop. A.2": 1,
    "Remark 4.3": 0,
  },
  "06-max-evaluation-step": { "Fig. 4": 2, "re-run": 0 },
  "08-data-diversity": { "Fig. 6": 1 },
} as const;

describe.skipIf(!hasVenv)("the exact notebooks", () => {
  const folder = mkdtempSync(join(tmpdir(), "alright-notebooks-"));
  beforeAll(() => writeKernelSpec(join(folder, "jupyter", "kernels", "alright")));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(Object.entries(expected))("%s", { timeout: 300_000 }, async (name, items) => {
    const { execute } = await script("execute");
    const { claimsOf, standing, writeFigures } = await script("outputs");
    const { differences, readShipped } = await script("shipped");
    const { notebook, error } = await execute({
      source: join(root, "notebooks", `${name}.ipynb`),
      target: join(folder, `${name}.ipynb`),
      workdir: folder,
      env: {
        ...process.env,
        JUPYTER_PATH: join(folder, "jupyter"),
        ALRIGHT_HISTORY: join(folder, "history.jsonl"),
      },
      say: () => {},
    });
    expect(error).toBeNull();
    const claims = claimsOf(notebook) as Claim[];
    expect([...new Set(claims.map((claim) => claim.item))].sort()).toEqual(Object.keys(items).sort());
    for (const [item, misprints] of Object.entries(items)) {
      const own = claims.filter((claim) => claim.item === item);
      expect(own.filter((claim) => standing(claim) === "held").length).toBeGreaterThan(2);
      expect(own.filter((claim) => standing(claim) === "not held").length).toBe(misprints);
    }
    const wrong = claims.filter((claim) => ["failed", "stale"].includes(standing(claim)));
    expect(wrong).toEqual([]);
    expect(differences(claims, readShipped()[name])).toEqual([]);

    const figures = (await writeFigures(notebook, name, folder)) as { title: string; file: string }[];
    expect(figures.map((figure) => figure.title)).toContain(figureOf[name as keyof typeof figureOf]);
    for (const { file } of figures)
      for (const kind of ["svg", "png"]) expect(existsSync(join(folder, `${file}.${kind}`))).toBe(true);
  });
});
