import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Claim } from "../../src/index.ts";

// Every figure and table of the paper's experiments has its claims in some notebook's table, held or not: what each shows, and what counts as
// reproduced at small scale, one line each. notebooks/claims.json is what the notebooks gave when they were shipped.

const root = fileURLToPath(new URL("../../", import.meta.url));
const shipped: Record<string, Claim[]> = JSON.parse(readFileSync(`${root}notebooks/claims.json`, "utf8"));

/** Item, its notebook, and words that a claim of it has. */
const paper: [item: string, notebook: string, claims: RegExp[]][] = [
  [
    "Fig. 1",
    "03-pythia",
    [
      /Sequential forgets: its DPO loss rises/,
      /^Mix ends closer/,
      /^ALRIGHT ends closer/,
      /^MAXRIGHT ends closer/,
      /Mix takes about 37 % longer/,
    ],
  ],
  [
    "Fig. 2, Table 3",
    "01-toy",
    [/more than 5 times as far as ALRIGHT/, /MAXRIGHT ends no further from it than ALRIGHT/],
  ],
  [
    "Fig. 3",
    "03-pythia",
    [
      /Sequential's ends cluster at a low SFT and a high DPO loss/,
      /ALRIGHT's ends spread as a front/,
      /MAXRIGHT is nearest of all, or tied/,
      /ALRIGHT and MAXRIGHT are far cheaper than Mix/,
      /Mix takes more than 50 % longer/,
      /utilisation by more than 35 %/,
    ],
  ],
  [
    "Fig. 4",
    "06-max-evaluation-step",
    [/k = 1 is nearest/, /k = 1 is the slowest/, /oscillations/, /poor ideal distance/],
  ],
  ["Fig. 5, Table 2, Thm 3.3", "02-theory", [/θ_Seq ≥ 0/, /0\.256843/]],
  ["Thm 4.1", "02-theory", [/corrected bound/, /O\(log T\/√T\)/]],
  [
    "Fig. 6",
    "08-data-diversity",
    [/input pairs/, /\(y_w, y\) similarity is close to zero/, /inconsistency in labeling/],
  ],
  [
    "Fig. 7",
    "04-pythia-sft-first",
    [/Sequential has the best DPO gap and a worse SFT gap/, /up to 53 %/, /up to 37 %/],
  ],
  ["Fig. 8", "07-llama", [/best DPO gap/, /worse SFT gap/, /Mix's memory overhead shrinks/, /up to 58 %/]],
  ["Table 1, MMLU", "07-llama", [/at least as many multiple-choice questions right as Sequential/]],
  ["Table 1, win rate", "07-llama", [/higher win rate than Sequential at each λ/]],
  ["Fig. 9, D.6", "07-llama", [/example instance/, /responses are less helpful/]],
];

describe("the paper's claims", () => {
  for (const [item, notebook, claims] of paper) {
    // A notebook that is not written yet has no claims.
    const isThere = existsSync(`${root}notebooks/${notebook}.ipynb`);
    it.skipIf(!isThere)(`${item} in ${notebook}`, () => {
      const own = (shipped[notebook] ?? []).filter((claim) => claim.item === item);
      for (const words of claims)
        expect(
          own.filter(({ claim }) => words.test(claim)),
          `${words}`,
        ).not.toEqual([]);
    });
  }

  it("are told apart by their words, so that each is compared with its own number", () => {
    for (const [notebook, claims] of Object.entries(shipped)) {
      const words = claims.map((one) =>
        [(one as Claim & { table: string }).table, one.item, one.claim].join("\n"),
      );
      expect(new Set(words).size, notebook).toBe(words.length);
    }
  });

  it("that does not hold has a reason", () => {
    const unexplained = Object.values(shipped)
      .flat()
      .filter(({ held, because }) => !held && because === undefined);
    expect(unexplained).toEqual([]);
  });
});
