// The exact notebooks give the same numbers everywhere, as they compute them or read them from the shipped grid: what they gave when they were
// shipped is in notebooks/claims.json. Claims of the item "re-run" are about runs that were made again: they state their own tolerance. Those of
// "Fig. 1, live" are about runs that its notebook makes: they are in the file, but their numbers are not compared.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../steps.mjs";

export const exact = [
  "01-toy",
  "02-theory",
  "03-pythia",
  "04-pythia-sft-first",
  "06-max-evaluation-step",
  "07-llama",
  "08-data-diversity",
];
export const shippedFile = join(root, "notebooks/claims.json");

/** Claims as they were shipped, by notebook; none for a notebook whose numbers depend on the machine. */
export function readShipped(file = shippedFile) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

const numberPattern = /[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g;

/**
 * Whether two texts say the same numbers: counts exactly, others each within 0.1%, or one unit of the last digit shown, or both nothing but rounding (below 1e-8). Engines
 * differ in the last bits of exp and log; nothing else may differ, the words least of all.
 */
export function sameNumbers(a, b) {
  if (a.replaceAll(numberPattern, "#") !== b.replaceAll(numberPattern, "#")) return false;
  const [ours, theirs] = [a, b].map((text) => text.match(numberPattern) ?? []);
  return ours.every((text, i) => {
    const [x, y] = [Number(text), Number(theirs[i])];
    const [mantissa, exponent = "0"] = text.split("e");
    const unit = 10 ** (Number(exponent) - (mantissa.split(".")[1]?.length ?? 0));
    if (Number.isInteger(x) && !/[.e]/.test(text)) return x === y; // a count
    const largest = Math.max(Math.abs(x), Math.abs(y));
    return (
      largest < 1e-8 || Math.abs(x - y) <= Math.max(1e-3 * largest, mantissa.includes(".") ? 1.01 * unit : 0)
    );
  });
}

const isStored = ({ item }) => item !== "re-run";
const isLive = ({ item }) => item === "Fig. 1, live";

/** One line for each difference between the claims of this run and the shipped ones. */
export function differences(all, shipped) {
  const claims = all.filter(isStored);
  const key = ({ table, item, claim }) => [table, item, claim].join("\n");
  const before = new Map(shipped.map((claim) => [key(claim), claim]));
  const now = new Set(claims.map(key));
  return [
    ...claims.flatMap((claim) => {
      const old = before.get(key(claim));
      if (!old) return [`“${claim.claim}” is not among the shipped claims`];
      if (isLive(claim)) return [];
      if (old.held !== claim.held || !sameNumbers(old.here, claim.here))
        return [`“${claim.claim}”: shipped ${old.here} (${old.held}), here ${claim.here} (${claim.held})`];
      return [];
    }),
    ...shipped
      .filter((claim) => !now.has(key(claim)))
      .map((claim) => `“${claim.claim}” was shipped and is missing`),
  ];
}

/** Makes the claims of these results the shipped ones (`--ship`). */
export function ship(results) {
  const all = readShipped();
  for (const { notebook, claims } of results)
    if (exact.includes(notebook)) all[notebook] = claims.filter(isStored);
  writeFileSync(shippedFile, `${JSON.stringify(all, null, 2)}\n`);
}
