/**
 * Writes the embedded data sets, made from WordNet: instructions in a house style, and preferences between answers.
 *
 *   npx tsc -b assets/scripts && node dist/assets/scripts/data.js
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeDataSets } from "./sets.ts";

const directory = fileURLToPath(new URL("../../../assets/data/", import.meta.url));
await mkdir(directory, { recursive: true });
for (const [file, rows] of await makeDataSets()) {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  await writeFile(join(directory, file), text);
  console.log(`${file}: ${rows.length} rows, ${Math.round(text.length / 1000)} kB`);
}
