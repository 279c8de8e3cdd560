/** Troubleshooting quotes messages as the code says them: every part between two … stands in a source file. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { blocksOf, root } from "./pages.ts";

const sources = ["src", "kernel"].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
    .map((file) => readFileSync(`${root}${folder}/${file}`, "utf8")),
);

const messages = blocksOf("docs/troubleshooting.md").filter(({ language }) => language === "text");

test.each(messages.map(({ line, text }) => [line, text] as const))("line %d: %s", (_line, message) => {
  // What is left of a message without what is particular to a case: at least eight letters, or it says nothing.
  const parts = message.split("…").filter((part) => part.trim().length >= 8);
  expect(parts.length).toBeGreaterThan(0);
  const whole = sources.some((source) => parts.every((part) => source.includes(part)));
  expect(whole, `no source file has all of ${JSON.stringify(parts)}`).toBe(true);
});
