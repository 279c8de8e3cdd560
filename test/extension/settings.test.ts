import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readSettings } from "../../extension/src/settings/read-settings.ts";
import { defaultSettings } from "../../extension/src/settings/token.ts";

const schema = JSON.parse(
  readFileSync(new URL("../../extension/schema/settings.json", import.meta.url), "utf8"),
) as { properties: Record<string, { default: unknown; pattern?: string }> };

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
