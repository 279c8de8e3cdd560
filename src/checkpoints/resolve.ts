import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { assetPath } from "../assets.ts";
import { type HubOptions, isHubName, resolveHubModel } from "../hub/index.ts";
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
 * `.gguf` file; one of the hub (`hub:owner/name`) is downloaded to the cache unless it is there.
 *
 * @param options of the download: what hears of its progress, what ends it
 * @throws CheckpointError naming the nearest embedded model where there is no such name, directory or file
 * @throws HubError where the hub's can't be had
 */
export async function resolveModel(name: string, options: HubOptions = {}): Promise<string> {
  if (isHubName(name)) return (await resolveHubModel(name, options)).path;
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
