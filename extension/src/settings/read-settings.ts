import { type AlrightSettings, defaultSettings } from "./token.ts";

/** Settings as they can be used: JupyterLab checks them against the schema, but an overrides file it takes as it is. */
export function readSettings(given: Readonly<Record<string, unknown>>): AlrightSettings {
  const { runsDirectory } = given;
  return { runsDirectory: isBelow(runsDirectory) ? runsDirectory : defaultSettings.runsDirectory };
}

/** A relative path that stays below the notebook's own directory. */
function isBelow(path: unknown): path is string {
  if (typeof path !== "string" || path === "" || /[:\\]/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
