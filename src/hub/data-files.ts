import type { DataConfig } from "./data-card.ts";
import { HubError, some } from "./error.ts";
import { isGlob, matchesGlob } from "./glob.ts";
import { formatHubName, type HubName } from "./name.ts";

/** What rows can be read from, the preferred one first. */
const formats = [/\.parquet$/i, /\.(jsonl|ndjson)(\.gz)?$/i, /\.json(\.gz)?$/i];
/** JSON that describes a data set. */
const notRows = /(^|\/)(dataset_infos?|dataset_dict|state|config|\.[^/]*)\.json$/i;

/** Names of splits in the names of files and folders, as the `datasets` library finds them. */
const splitWords: Readonly<Record<string, RegExp>> = {
  train: /(^|[^a-z0-9])(train|training)([^a-z0-9]|$)/i,
  validation: /(^|[^a-z0-9])(validation|valid|dev|val)([^a-z0-9]|$)/i,
  test: /(^|[^a-z0-9])(test|testing|eval|evaluation)([^a-z0-9]|$)/i,
};

/**
 * The files of a repository that a data set's name means: the file, folder, pattern, split or configuration that its path
 * names; without a path the `train` split, as the README lists it or else by the files' names.
 *
 * @param paths of the whole repository
 * @throws HubError with what the repository has
 */
export function chooseDataFiles(
  name: HubName,
  paths: readonly string[],
  configs: readonly DataConfig[],
): string[] {
  const { path, repo } = name;
  if (path !== null && paths.includes(path)) return [path];
  const rows = paths.filter((file) => isRows(file)).sort();
  if (path !== null && isGlob(path))
    return ofOneFormat(
      rows.filter((file) => matchesGlob(file, path)),
      name,
      paths,
    );
  if (path === null) {
    const config = defaultConfig(name, configs);
    return config
      ? ofConfig(name, paths, config, null)
      : ofOneFormat(split(name, rows, "train"), name, paths);
  }
  const config = configs.find((one) => one.name === path);
  if (config) return ofConfig(name, paths, config, null);
  for (const one of configs) {
    const rest: string = path.startsWith(`${one.name}/`) ? path.slice(one.name.length + 1) : path;
    const isTheirs = rest !== path || one === defaultConfig(name, configs, false);
    if (isTheirs && one.splits?.has(rest)) return ofConfig(name, paths, one, rest);
  }
  const inside = rows.filter((file) => file.startsWith(`${path}/`));
  if (inside.length > 0) return ofOneFormat(split(name, inside, "train", path), name, paths);
  if (path in splitWords) return ofOneFormat(split(name, rows, path), name, paths);
  throw new HubError(`${repo} has no ${JSON.stringify(path)}; ${contents(paths, configs)}`);
}

function isRows(path: string): boolean {
  return formats.some((format) => format.test(path)) && !notRows.test(path);
}

/** @param strict whether having several, and none of them the default, is an error */
function defaultConfig(name: HubName, configs: readonly DataConfig[], strict = true): DataConfig | null {
  if (configs.length <= 1) return configs[0] ?? null;
  const found = configs.find(({ isDefault }) => isDefault) ?? configs.find((one) => one.name === "default");
  if (found || !strict) return found ?? null;
  const names = configs.map((config) => formatHubName({ ...name, path: config.name }));
  throw new HubError(`${name.repo} has ${names.length} configurations; give one: ${some(names)}`);
}

function ofConfig(
  name: HubName,
  paths: readonly string[],
  { name: config, splits, folder }: DataConfig,
  asked: string | null,
): string[] {
  const inside = folder ? paths.filter((file) => file.startsWith(`${folder}/`)) : paths;
  if (!splits)
    return ofOneFormat(split(name, inside.filter(isRows).sort(), "train", folder ?? ""), name, paths);
  const only = splits.size === 1 ? [...splits.keys()][0]! : null;
  const wanted = asked ?? (splits.has("train") ? "train" : only);
  if (wanted === null) {
    const names = [...splits.keys()].map((one) => formatHubName({ ...name, path: `${config}/${one}` }));
    throw new HubError(`${name.repo} has no split "train"; give one: ${some(names)}`);
  }
  const patterns = splits.get(wanted)!;
  const found = inside
    .filter((file) => patterns.some((pattern) => matchesPattern(file, pattern, folder)))
    .sort();
  if (found.length === 0)
    throw new HubError(
      `${name.repo}: its README has ${some(patterns)} for ${config}/${wanted}, and there is no such file; ${contents(paths, [])}`,
    );
  return ofOneFormat(found, name, paths);
}

function matchesPattern(file: string, pattern: string, folder: string | null): boolean {
  const whole = folder ? `${folder}/${pattern}` : pattern;
  return file === whole || matchesGlob(file, whole) || file.startsWith(`${whole.replace(/\/+$/, "")}/`);
}

/** The files of a split by their names; all of them where no name has a split's. @param below a folder whose own name does not count */
function split(name: HubName, rows: readonly string[], wanted: string, below = ""): string[] {
  const part = (file: string) => file.slice(below.length);
  const splitsOf = (file: string) =>
    Object.keys(splitWords).filter((one) => splitWords[one]!.test(part(file)));
  // A folder's name decides before that of the file: train/eval-questions.jsonl is of train.
  const first = (file: string) => {
    for (const word of part(file).split("/")) {
      const found = Object.keys(splitWords).find((one) => splitWords[one]!.test(word));
      if (found) return found;
    }
    return null;
  };
  if (wanted === "train" && rows.every((file) => splitsOf(file).length === 0)) return [...rows];
  const found = rows.filter((file) => first(file) === wanted);
  if (found.length > 0) return found;
  throw new HubError(`${name.repo} has no files of a split ${JSON.stringify(wanted)}; ${contents(rows, [])}`);
}

/** The files of the preferred format that is there. @throws HubError where there is none, or a shard is missing */
function ofOneFormat(files: readonly string[], name: HubName, paths: readonly string[]): string[] {
  for (const format of formats) {
    const found = files.filter((file) => format.test(file));
    if (found.length === 0) continue;
    checkShards(found, name);
    return found;
  }
  throw new HubError(
    `${name.repo} has no files that rows can be read from (parquet, JSONL or JSON); ${contents(files.length > 0 ? files : paths, [])}`,
  );
}

/** `train-00000-of-00003.parquet` tells how many there are: a cache without a list of files may have some only. */
function checkShards(files: readonly string[], { repo }: HubName): void {
  const groups = new Map<string, { count: number; total: number }>();
  for (const file of files) {
    const [, before, total] = /^(.*)-\d{5}-of-(\d{5})/.exec(file) ?? [];
    if (before === undefined) continue;
    const key = `${before}-of-${total}`;
    groups.set(key, { count: (groups.get(key)?.count ?? 0) + 1, total: Number(total) });
  }
  for (const [key, { count, total }] of groups)
    if (count < total)
      throw new HubError(`${repo}: ${count} of the ${total} files ${key} are there; the set is not whole`);
}

function contents(paths: readonly string[], configs: readonly DataConfig[]): string {
  const shown = paths.filter((path) => !/^(\.gitattributes|README\.md|LICENSE.*)$/.test(path));
  const lists = configs.length > 0 ? `configurations ${some(configs.map(({ name }) => name))}; ` : "";
  return `it has ${lists}${shown.length > 0 ? some(shown) : "no files"}`;
}
