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

/**
 * The directory of a model: an embedded name (`pythia-tiny`), or the path of a Hugging Face directory.
 *
 * @throws CheckpointError naming the nearest embedded model where there is no such name or directory
 */
export async function resolveModel(name: string): Promise<string> {
  if (name.startsWith("hub:"))
    throw new CheckpointError(
      `model "${name}": downloads from the hub are not supported yet; download it yourself and give its directory`,
    );
  if (name.endsWith(".gguf"))
    throw new CheckpointError(
      `model "${name}": GGUF files are not supported yet; give a Hugging Face directory with safetensors`,
    );
  const embedded = await embeddedModels();
  if (embedded.includes(name)) return assetPath(join("models", name));
  const directory = resolve(name);
  const there = await stat(directory).catch(() => undefined);
  if (there?.isDirectory()) return directory;
  if (there)
    throw new CheckpointError(
      `model "${name}" is a file; expected the Hugging Face directory that it belongs to`,
    );
  const near = nearest(name, embedded);
  throw new CheckpointError(
    `model "${name}": no embedded model and no directory of that name${near ? `; did you mean "${near}"?` : ""} (embedded: ${embedded.join(", ") || "none"})`,
  );
}
