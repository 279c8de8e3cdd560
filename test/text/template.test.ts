import { expect, test } from "vitest";
import { checkTemplate, defaultTemplate, promptText, responseText } from "../../src/text/index.ts";

test("a text is the template with the prompt, then the stripped completion, a space and the end token", () => {
  expect(promptText(defaultTemplate, "Hi $& {x}")).toBe("User: Hi $& {x}\nAssistant: ");
  expect(responseText("  Hello.\n\n ", "<|endoftext|>")).toBe("  Hello. <|endoftext|>");
});

test("a template without {prompt}, or with two, is an error that shows it", () => {
  expect(() => checkTemplate("User: ")).toThrow(/"User: " has \{prompt\} 0 times/);
  expect(() => checkTemplate("{prompt}{prompt}")).toThrow(/2 times/);
  expect(() => promptText("User", "x")).toThrow(/exactly once/);
});
