import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { RunDirectory } from "../runs/directory.ts";
import type { SweepRecord } from "./record.ts";

/**
 * The runs in a sweep's directory of runs that say they are of that sweep, by their place in it. What can't be read is none of them.
 * @param known ids of runs that are not looked at
 */
export function runsOfSweep(
  { id, created, runs }: Pick<SweepRecord, "id" | "created" | "runs">,
  known: ReadonlySet<string | null> = new Set(),
): { readonly id: string; readonly index: number }[] {
  if (!existsSync(runs)) return [];
  // A run's name has the second of its creation; of runs before the sweep's only names are read.
  const since = created.replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return readdirSync(runs)
    .filter((name) => !known.has(name) && (/-(\d{8}-\d{6})-[0-9a-f]{4}$/.exec(name)?.[1] ?? "") >= since)
    .flatMap((name) => {
      try {
        const { sweep } = new RunDirectory(join(runs, name)).readRecord();
        return sweep?.id === id ? [{ id: name, index: sweep.index }] : [];
      } catch {
        return [];
      }
    });
}
