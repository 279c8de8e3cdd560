import { parse } from "yaml";
import { HubError } from "./error.ts";

/** A configuration of a data set, as its README's front matter has it: patterns of files by split. */
export interface DataConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Null: the files of `folder` by their names. */
  readonly splits: ReadonlyMap<string, readonly string[]> | null;
  readonly folder: string | null;
}

const longest = 1 << 20;
const mostPatterns = 2000;

/**
 * The `configs` of a data set's README; none where it has no such list.
 *
 * @throws HubError where the front matter is not YAML
 */
export function readDataCard(readme: string, repo: string): DataConfig[] {
  const [, front] =
    /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(readme.slice(0, longest)) ?? [];
  if (front === undefined) return [];
  let card: unknown;
  try {
    card = parse(front, { maxAliasCount: 100, logLevel: "error" });
  } catch (error) {
    throw new HubError(
      `${repo}: the front matter of its README is not YAML (${(error as Error).message.split("\n")[0]}); give a file: hub:${repo}/FILE`,
    );
  }
  const { configs } = (card ?? {}) as { configs?: unknown };
  if (!Array.isArray(configs)) return [];
  return configs.flatMap((config: unknown) => {
    const {
      config_name,
      data_files,
      data_dir,
      default: isDefault,
    } = (config ?? {}) as Record<string, unknown>;
    if (data_files === undefined && data_dir === undefined) return [];
    const folder = typeof data_dir === "string" ? data_dir.replace(/^\.?\/+|\/+$/g, "") : null;
    const splits = data_files === undefined ? null : readSplits(data_files, repo);
    const name = typeof config_name === "string" ? config_name : "default";
    return [{ name, isDefault: isDefault === true, splits, folder: folder || null }];
  });
}

/** `data_files`: a pattern, a list of them, a list of `{ split, path }`, or an object from splits to patterns. */
function readSplits(given: unknown, repo: string): Map<string, string[]> {
  const splits = new Map<string, string[]>();
  let count = 0;
  const add = (split: unknown, paths: unknown) => {
    for (const path of [paths].flat()) {
      if (
        typeof split !== "string" ||
        typeof path !== "string" ||
        path.length > 1024 ||
        ++count > mostPatterns
      )
        throw new HubError(
          `${repo}: data_files of its README are not understood; give a file: hub:${repo}/FILE`,
        );
      splits.set(split, [...(splits.get(split) ?? []), path.replace(/^\.\//, "")]);
    }
  };
  for (const entry of [given].flat()) {
    if (typeof entry === "string") add("train", entry);
    else if (typeof entry !== "object" || entry === null) add(null, entry);
    else if ("path" in entry) add((entry as { split?: unknown }).split ?? "train", entry.path);
    else for (const [split, paths] of Object.entries(entry)) add(split, paths);
  }
  return splits;
}
