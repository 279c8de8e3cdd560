import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { assetPath } from "../assets.ts";
import { nearest } from "../nearest.ts";
import { CheckpointError } from "./error.ts";

/** Names of the models that are shipped with the library. */
export async function embeddedModels(): Promise<string[]> {
  const entries = await readdir(assetPath("models"), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Whether a path is of a GGUF file, by its name. */
export function isGguf(path: string): boolean {
  return path.endsWith(".gguf");
}

/**
 * Where a model is: the directory of an embedded name (`pythia-tiny`), or the path of a Hugging Face directory or of a
 * `.gguf` file.
 *
 * @throws CheckpointError naming the nearest embedded model where there is no such name, directory or file
 */
export async function resolveModel(name: string): Promise<string> {
  if (name.startsWith("hub:"))
    throw new CheckpointError(
      `model "${name}": downloads from the hub are not supported yet; download it yourself and give its directory`,
    );
  const embedded = await embeddedModels();
  if (embedded.includes(name)) return assetPath(join("models", name));
  const path = resolve(name);
  const there = await stat(path).catch(() => undefined);
  if (there && there.isFile() === isGguf(name)) return path;
  if (there)
    throw new CheckpointError(
      `model "${name}" is a ${there.isFile() ? "file" : "directory"}; expected a Hugging Face directory or a .gguf file`,
    );
  if (isGguf(name)) throw new CheckpointError(`model "${name}": no such file (${path})`);
  const near = nearest(name, embedded);
  throw new CheckpointError(
    `model "${name}": no embedded model and no directory of that name${near ? `; did you mean "${near}"?` : ""} (embedded: ${embedded.join(", ") || "none"})`,
  );
}
