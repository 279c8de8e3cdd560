// The exact notebooks give the same numbers everywhere: what they gave when they were shipped is in notebooks/claims.json.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../steps.mjs";

export const exact = ["01-toy", "02-theory"];
export const shippedFile = join(root, "notebooks/claims.json");

/** Claims as they were shipped, by notebook; none for a notebook whose numbers depend on the machine. */
export function readShipped(file = shippedFile) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** One line for each difference between the claims of this run and the shipped ones: equal to the last digit shown, or named here. */
export function differences(claims, shipped) {
  const key = ({ item, claim }) => `${item ?? ""}\n${claim}`;
  const before = new Map(shipped.map((claim) => [key(claim), claim]));
  const now = new Set(claims.map(key));
  return [
    ...claims.flatMap((claim) => {
      const old = before.get(key(claim));
      if (!old) return [`“${claim.claim}” is not among the shipped claims`];
      if (old.here !== claim.here || old.held !== claim.held)
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
  for (const { notebook, claims } of results) if (exact.includes(notebook)) all[notebook] = claims;
  writeFileSync(shippedFile, `${JSON.stringify(all, null, 2)}\n`);
}
