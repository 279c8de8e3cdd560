import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  compileChatTemplate,
  ggufTokenizer,
  loadTokenizer,
  type Message,
  makeTokenizer,
  TextError,
  trainBytePairs,
  writeTokenizer,
} from "../../src/text/index.ts";

/** From transformers' apply_chat_template: test/data/make-chat-templates.py. */
const fixture = JSON.parse(
  readFileSync(new URL("../data/fixtures/chat-templates.json", import.meta.url), "utf8"),
) as {
  templates: Record<string, string>;
  specials: Record<string, string>;
  conversations: Record<string, Message[]>;
  cases: {
    template: string;
    conversation: string;
    addGenerationPrompt: boolean;
    tools?: unknown[];
    text: string | { error: string };
  }[];
};

describe("a conversation is written as transformers writes it", () => {
  test.each(fixture.cases.map((one) => ({ ...one, tooled: one.tools ? "with tools" : "" })))(
    "$template: $conversation, generation prompt $addGenerationPrompt $tooled",
    ({ template, conversation, addGenerationPrompt, tools, text }) => {
      const source = { template: fixture.templates[template]!, specials: fixture.specials };
      const compiled = compileChatTemplate(source, "x");
      const write = () =>
        compiled.render(fixture.conversations[conversation]!, { addGenerationPrompt, tools });
      if (typeof text === "string") expect(write()).toBe(text);
      else expect(write).toThrow(TextError);
    },
  );
  test("the fixture has templates that refuse, too", () => {
    expect(fixture.cases.filter(({ text }) => typeof text === "object")).not.toHaveLength(0);
  });
});

describe("a template", () => {
  const render = (template: string) => compileChatTemplate({ template, specials: {} }, "dir").render([]);
  test("that can't be read names its directory", () => {
    expect(() => render("{% for x in messages %}")).toThrow(/^dir: the chat template can't be read/);
    expect(() => render("x".repeat(1_000_001))).toThrow(/dir: .* at most 1000000 are read/);
  });
  test("refuses with its own words", () => {
    expect(() => render('{{ raise_exception("No system role") }}')).toThrow(/refuses .*: No system role/);
  });
  test("has the same date every day, as runs are to be repeated", () => {
    expect(render('{{ strftime_now("%d %b %Y, %A %-H:%M %%") }}')).toBe("26 Jul 2024, Friday 0:00 %");
  });
  test("can't make endless lists", () => {
    expect(render("{% for i in range(3) %}{{ i }}{% endfor %}")).toBe("012");
    expect(() => render("{% for i in range(1000000000) %}{% endfor %}")).toThrow(/range.* is too long/);
    expect(() => render("{{ range(1, 2, 0) }}")).toThrow(/too long/);
  });
});

describe("where a tokenizer has its template", () => {
  let directory: string;
  const chatOf = async () => (await loadTokenizer(directory)).chat;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "alright-chat-"));
    const pairs = trainBytePairs(new Map([["a", 2]]), { vocabulary: 260, specials: ["<|endoftext|>"] });
    await writeTokenizer(directory, pairs, { eosText: "<|endoftext|>", maxLength: 64 });
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));
  const settings = (more: object) =>
    writeFile(
      join(directory, "tokenizer_config.json"),
      JSON.stringify({ eos_token: { content: "<|endoftext|>" }, ...more }),
    );

  test("nowhere, in tokenizer_config.json, as one of several, in a file of its own", async () => {
    expect(await chatOf()).toBeUndefined();
    await settings({ chat_template: "one" });
    const eos = "<|endoftext|>";
    expect(await chatOf()).toEqual({
      template: "one",
      specials: { bos_token: eos, eos_token: eos, unk_token: eos },
    });
    await settings({
      chat_template: [
        { name: "tool_use", template: "tools" },
        { name: "default", template: "two" },
      ],
    });
    expect((await chatOf())!.template).toBe("two");
    await writeFile(join(directory, "chat_template.jinja"), "three");
    expect((await chatOf())!.template).toBe("three");
  });

  test("in the metadata of a GGUF file", () => {
    const metadata = new Map<string, unknown>([
      ["general.architecture", "llama"],
      ["tokenizer.ggml.model", "gpt2"],
      ["tokenizer.ggml.pre", "gpt-2"],
      ["tokenizer.ggml.tokens", ["a", "<end>"]],
      ["tokenizer.ggml.token_type", [1, 3]],
      ["tokenizer.ggml.merges", []],
      ["tokenizer.ggml.eos_token_id", 1],
      ["tokenizer.chat_template", "{{ eos_token }}"],
    ]);
    const { chat } = makeTokenizer(ggufTokenizer(metadata, "x.gguf"), {
      file: "x.gguf",
      directory: "x.gguf",
    });
    expect(chat).toEqual({ template: "{{ eos_token }}", specials: { eos_token: "<end>" } });
  });
});
