import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeKernelSpec } from "../../kernel/spec.ts";
import type { Claim } from "../../src/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const script = (name: string) => import(new URL(`../../scripts/reproduce/${name}.mjs`, import.meta.url).href);
const hasVenv = existsSync(join(root, ".venv/bin/python"));
if (!hasVenv) console.warn("The notebooks are not executed: no .venv (npm run setup makes it)");

/** What a notebook recomputes. */
export interface Recomputed {
  /** A figure of the paper that it draws. */
  readonly figure: string;
  /** The items of the paper that are its own, and how many claims of each hold, and are known not to. */
  readonly items: Readonly<Record<string, readonly [held: number, notHeld: number]>>;
}

/**
 * Notebooks as `npm run reproduce` executes them: every item of the paper that is theirs has its claims, those that should hold do, those that
 * can't are found, and the numbers are the shipped ones.
 */
export function executed(title: string, notebooks: Readonly<Record<string, Recomputed>>, timeout: number) {
  describe.skipIf(!hasVenv)(title, () => {
    const folder = mkdtempSync(join(tmpdir(), "alright-notebooks-"));
    beforeAll(() => writeKernelSpec(join(folder, "jupyter", "kernels", "alright")));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each(Object.entries(notebooks))("%s", { timeout }, async (name, { items, figure }) => {
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
      for (const [item, counts] of Object.entries(items)) {
        const own = claims.filter((claim) => claim.item === item);
        const count = (wanted: string) => own.filter((claim) => standing(claim) === wanted).length;
        expect([count("held"), count("not held")], item).toEqual(counts);
      }
      const wrong = claims.filter((claim) => ["failed", "stale"].includes(standing(claim)));
      expect(wrong).toEqual([]);
      expect(differences(claims, readShipped()[name])).toEqual([]);

      const figures = (await writeFigures(notebook, name, folder)) as { title: string; file: string }[];
      expect(figures.map(({ title }) => title)).toContain(figure);
      for (const { file } of figures)
        for (const kind of ["svg", "png"]) expect(existsSync(join(folder, `${file}.${kind}`))).toBe(true);
    });
  });
}
