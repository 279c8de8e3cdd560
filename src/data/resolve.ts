import { join, resolve } from "node:path";
import { assetPath } from "../assets.ts";
import { type HubOptions, isHubName, resolveHubData } from "../hub/index.ts";
import { nearest } from "../nearest.ts";
import { embeddedData } from "./embedded.ts";
import { DataError } from "./error.ts";
import { mayBeData } from "./paths.ts";

/**
 * The files of a data set, in order: of an embedded name one; a path stays as it is, be it a file, a directory of files or
 * a pattern; of the hub (`hub:owner/name`) as many as its split
 * has, downloaded to the cache unless they are there.
 *
 * @param options of the download: what hears of its progress, what ends it
 * @throws DataError naming the nearest embedded name where there is no such name or file
 * @throws HubError where the hub's can't be had
 */
export async function resolveData(name: string, options: HubOptions = {}): Promise<string[]> {
  if (isHubName(name)) return resolveHubData(name, options);
  if (Object.hasOwn(embeddedData, name)) return [assetPath(join("data", embeddedData[name]!.file))];
  const file = resolve(name);
  if (mayBeData(file)) return [file];
  const names = Object.keys(embeddedData);
  const near = nearest(name, names);
  throw new DataError(
    `data "${name}": no embedded data set and no file of that name${near ? `; did you mean "${near}"?` : ""} (embedded: ${names.join(", ")})`,
  );
}
