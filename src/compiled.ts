import { fileURLToPath } from "node:url";

/**
 * The compiled file of a module that is started as a process of its own. Run from `dist/` it is the file itself;
 * run from source (tests), it is the build's copy, so `npm run build` comes first.
 *
 * @param path relative to `from`, with the extension `.js`
 * @param from the caller's `import.meta.url`
 */
export function compiledFile(path: string, from: string): string {
  const file = fileURLToPath(new URL(path, from));
  if (!from.endsWith(".ts")) return file;
  const root = fileURLToPath(new URL("..", import.meta.url));
  return `${root}dist/${file.slice(root.length)}`;
}
