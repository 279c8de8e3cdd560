import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readSettings } from "../../extension/src/settings/read-settings.ts";
import { defaultSettings, fastest, firstTabs, slowest } from "../../extension/src/settings/token.ts";

const schema = JSON.parse(
  readFileSync(new URL("../../extension/schema/settings.json", import.meta.url), "utf8"),
) as {
  properties: Record<
    string,
    { default: unknown; pattern?: string; minimum?: number; maximum?: number; enum?: string[] }
  >;
};

it("the schema's defaults are those of the code", () => {
  const defaults = Object.fromEntries(
    Object.entries(schema.properties).map(([key, { default: value }]) => [key, value]),
  );
  expect(defaults).toEqual(defaultSettings);
  expect(readSettings(defaults)).toEqual(defaultSettings);
});

it("what an overrides file has wrong is as if it were not there", () => {
  for (const runsDirectory of [7, null, "../other"])
    expect(readSettings({ runsDirectory })).toEqual(defaultSettings);
  for (const drawingRate of ["10", 0, -1, 11, Number.NaN])
    expect(readSettings({ drawingRate, firstTab: "nothing", followLive: "no" })).toEqual(defaultSettings);
});

it("the schema allows what the code allows", () => {
  const { drawingRate, firstTab } = schema.properties;
  expect([drawingRate!.minimum, drawingRate!.maximum]).toEqual([slowest, fastest]);
  expect(firstTab!.enum).toEqual([...firstTabs]);
  expect(readSettings({ drawingRate: 2, firstTab: "losses", followLive: false })).toEqual({
    ...defaultSettings,
    drawingRate: 2,
    firstTab: "losses",
    followLive: false,
  });
});

it.each([
  ["runs", true],
  ["work/runs", true],
  ["..", false],
  ["../runs", false],
  ["runs/../..", false],
  ["/etc", false],
  ["RTC:runs", false],
  ["a//b", false],
  ["", false],
  [".hidden", true],
])("the directory %j is allowed: %s, by the schema as by the code", (directory, allowed) => {
  expect(new RegExp(schema.properties.runsDirectory!.pattern!, "u").test(directory)).toBe(allowed);
  expect(readSettings({ runsDirectory: directory }).runsDirectory === directory).toBe(
    allowed || directory === "runs",
  );
});
