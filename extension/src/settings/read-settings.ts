import {
  type AlrightSettings,
  defaultSettings,
  type FirstTab,
  fastest,
  firstTabs,
  slowest,
} from "./token.ts";

/** Settings as they can be used: JupyterLab checks them against the schema, but an overrides file it takes as it is. */
export function readSettings(given: Readonly<Record<string, unknown>>): AlrightSettings {
  const { runsDirectory, followLive, drawingRate, firstTab } = given;
  return {
    runsDirectory: isBelow(runsDirectory) ? runsDirectory : defaultSettings.runsDirectory,
    followLive: typeof followLive === "boolean" ? followLive : defaultSettings.followLive,
    drawingRate: isRate(drawingRate) ? drawingRate : defaultSettings.drawingRate,
    firstTab: isTab(firstTab) ? firstTab : defaultSettings.firstTab,
  };
}

function isRate(rate: unknown): rate is number {
  return typeof rate === "number" && rate >= slowest && rate <= fastest;
}

function isTab(tab: unknown): tab is FirstTab {
  return (firstTabs as readonly unknown[]).includes(tab);
}

/** A relative path that stays below the notebook's own directory. */
function isBelow(path: unknown): path is string {
  if (typeof path !== "string" || path === "" || /[:\\]/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
