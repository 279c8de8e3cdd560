import { type AlrightSettings, defaultSettings } from "./token.ts";

const fastest = 10;
const slowest = 0.2;

/** Settings as they can be used: JupyterLab checks them against the schema, but an overrides file it takes as it is. */
export function readSettings(given: Readonly<Record<string, unknown>>): AlrightSettings {
  const { followLive, drawingRate, defaultTab, runsDirectory } = given;
  return {
    followLive: typeof followLive === "boolean" ? followLive : defaultSettings.followLive,
    drawingRate:
      typeof drawingRate === "number" && Number.isFinite(drawingRate)
        ? Math.min(fastest, Math.max(slowest, drawingRate))
        : defaultSettings.drawingRate,
    defaultTab: typeof defaultTab === "string" ? defaultTab : defaultSettings.defaultTab,
    runsDirectory: isBelow(runsDirectory) ? runsDirectory : defaultSettings.runsDirectory,
  };
}

/** A relative path that stays below the notebook's own directory. */
function isBelow(path: unknown): path is string {
  if (typeof path !== "string" || path === "" || /[:\\]/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
