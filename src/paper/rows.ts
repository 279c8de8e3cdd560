import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { dataFiles, loadPreferences, resolveData, type SftRow } from "../data/index.ts";
import { readRows } from "../data/read.ts";
import type { HubOptions } from "../hub/index.ts";
import { PaperError } from "./error.ts";
import type { Rows, Scale } from "./scales.ts";

/**
 * Writes the rows that a scale uses, the first ones of each set, as files of their own; the sets come from the hub unless they are in its cache.
 *
 * @param options of the download: what hears of its progress, what ends it
 * @throws HubError where the hub's can't be had; DataError for bad rows; PaperError where a set has too few
 */
export async function prepareRows({ hub }: Scale, options: HubOptions = {}): Promise<void> {
  for (const rows of hub?.rows ?? []) await write(rows, options);
}

async function write({ from, count, kind, file }: Rows, options: HubOptions): Promise<void> {
  const paths = await resolveData(from, options);
  const rows = kind === "sft" ? await instructions(paths) : (await loadPreferences(paths, skipping)).rows;
  if (rows.length < count)
    throw new PaperError(`${from} has ${rows.length} good rows; the paper's settings use ${count}`);
  const lines = rows.slice(0, count).map((row) => {
    const chosen = kind === "chosen" && "chosen" in row;
    return JSON.stringify(chosen ? { prompt: row.prompt, completion: row.chosen } : row);
  });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.partial`, `${lines.join("\n")}\n`);
  renameSync(`${file}.partial`, file);
}

const skipping = { onBadRow: "skip" } as const;
const Alpaca = z.object({ instruction: z.string().min(1), output: z.string().min(1) });

/** Alpaca's rows without their `input`, which XRIGHT drops; those that are not such rows are left out. */
async function instructions(paths: readonly string[]): Promise<SftRow[]> {
  const rows: SftRow[] = [];
  for (const path of paths)
    for (const file of await dataFiles(path))
      await readRows(file, ({ value }) => {
        const row = Alpaca.safeParse(value).data;
        if (row) rows.push({ prompt: row.instruction, completion: row.output });
      });
  return rows;
}
