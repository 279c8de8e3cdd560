import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readDataCard } from "./data-card.ts";
import { chooseDataFiles } from "./data-files.ts";
import { HubError } from "./error.ts";
import { chooseModelFiles, type ModelFiles } from "./model-files.ts";
import { formatHubName, parseHubName, type RepositoryKind } from "./name.ts";
import { findCommit, type HubOptions, Repository } from "./repository.ts";

/**
 * The same name with the commit that it stands for now: `hub:owner/name@COMMIT[/path]`. Resolved again, it asks nobody
 * for what is in the cache.
 *
 * @throws HubError
 */
export async function pinHubName(
  name: string,
  kind: RepositoryKind,
  options: HubOptions = {},
): Promise<string> {
  const parsed = parseHubName(name, kind);
  return formatHubName({ ...parsed, revision: await findCommit(parsed, options) });
}

/**
 * Where a model (or, where `accept` has it, an adapter) of the hub is on disk: a folder or a `.gguf` file in the cache, with
 * all its files there.
 *
 * @throws HubError naming repository, revision or file
 */
export async function resolveHubModel(
  name: string,
  options: HubOptions & { readonly accept?: readonly ("model" | "adapter")[] } = {},
): Promise<{ readonly kind: ModelFiles["kind"]; readonly path: string }> {
  const { accept = ["model"] } = options;
  const repository = await Repository.open(parseHubName(name, "model"), options);
  const { kind, paths, index, place } = chooseModelFiles(repository.name, repository.files);
  const isAdapter = kind === "adapter";
  if (!accept.includes(isAdapter ? "adapter" : "model"))
    throw new HubError(
      isAdapter
        ? `${name} is an adapter (it has adapter_config.json), not a model; give the model that it was trained on`
        : `${name} is a model, not an adapter: it has no adapter_config.json`,
    );
  if (index !== null) await repository.fetch([index]);
  const shards = index === null ? [] : await shardsOf(repository, index);
  await repository.fetch([...paths, ...shards]);
  return { kind, path: join(repository.folder, place) };
}

/**
 * The files of a data set of the hub, in the cache, in the order of their names.
 *
 * @throws HubError naming repository, revision or file
 */
export async function resolveHubData(name: string, options: HubOptions = {}): Promise<string[]> {
  const repository = await Repository.open(parseHubName(name, "dataset"), options);
  const paths = repository.files.map(({ path }) => path);
  const isFile = repository.name.path !== null && paths.includes(repository.name.path);
  let readme = "";
  const card = repository.files.find(({ path }) => path === "README.md");
  if (!isFile && card && card.size <= longestCard) {
    // Small beside the data; offline, a cache without it goes by names.
    await repository.fetch(["README.md"]);
    readme = await readFile(join(repository.folder, "README.md"), "utf8");
  }
  const chosen = chooseDataFiles(repository.name, paths, readDataCard(readme, repository.name.repo));
  await repository.fetch(chosen);
  return chosen.map((path) => join(repository.folder, path));
}

/** A README is text; a longer one is not looked at, in bytes. */
const longestCard = 5e6;

/** The files that `model.safetensors.index.json` lists. */
async function shardsOf(repository: Repository, index: string): Promise<string[]> {
  const where = `${repository.name.repo}: ${index}`;
  let map: unknown;
  try {
    map = JSON.parse(await readFile(join(repository.folder, index), "utf8")).weight_map;
  } catch (error) {
    throw new HubError(`${where} is not JSON (${(error as Error).message})`);
  }
  const files = new Set<unknown>(Object.values((map ?? {}) as object));
  const folder = dirname(index) === "." ? "" : `${dirname(index)}/`;
  return Array.from(files, (file) => {
    if (typeof file !== "string" || !repository.has(folder + file))
      throw new HubError(
        `${where} lists the weights ${JSON.stringify(file)}, which the repository does not have`,
      );
    return folder + file;
  });
}
