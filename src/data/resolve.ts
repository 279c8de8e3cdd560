import { join, resolve } from "node:path";
import { assetPath } from "../assets.ts";
import { nearest } from "../nearest.ts";
import { DataError } from "./error.ts";
import { mayBeData } from "./paths.ts";

/** The shipped data sets: name → file under `assets/data/`, and what its rows are for. */
export const embeddedData: Readonly<Record<string, { readonly file: string; readonly for: "sft" | "dpo" }>> =
  {
    "wordnet-sft": { file: "wordnet-sft.jsonl", for: "sft" },
    "wordnet-preferences": { file: "wordnet-preferences.jsonl", for: "dpo" },
    "wordnet-preferences-none": { file: "wordnet-preferences-none.jsonl", for: "dpo" },
    "wordnet-preferences-strong": { file: "wordnet-preferences-strong.jsonl", for: "dpo" },
  };

/**
 * The path of a data set: that of an embedded name's file, or of a file, a directory of files or a pattern.
 *
 * @throws DataError naming the nearest embedded name where there is no such name or file
 */
export async function resolveData(name: string): Promise<string> {
  if (name.startsWith("hub:"))
    throw new DataError(
      `data "${name}": downloads from the hub are not supported yet; download it yourself and give its file`,
    );
  if (Object.hasOwn(embeddedData, name)) return assetPath(join("data", embeddedData[name]!.file));
  const file = resolve(name);
  if (mayBeData(file)) return file;
  const names = Object.keys(embeddedData);
  const near = nearest(name, names);
  throw new DataError(
    `data "${name}": no embedded data set and no file of that name${near ? `; did you mean "${near}"?` : ""} (embedded: ${names.join(", ")})`,
  );
}
