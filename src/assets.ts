import { fileURLToPath } from "node:url";

/** Path of a shipped file under `assets/`, from source and from `dist/` alike. */
export function assetPath(path: string): string {
  const up = import.meta.url.endsWith(".ts") ? "../assets/" : "../../assets/";
  return fileURLToPath(new URL(up + path, import.meta.url));
}
