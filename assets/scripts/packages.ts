import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** A folder of an installed package, found as Node finds the package. */
export function packageFolder(name: string, folder: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), folder);
}
