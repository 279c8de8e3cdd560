import { readFileSync } from "node:fs";

/** This library's version, of its `package.json`. */
export const libraryVersion: string = read();

function read(): string {
  const up = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";
  const library = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8")) as { version: string };
  return library.version;
}
