import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  chatFormat,
  loadPreferences,
  loadSft,
  tokenisePreferences,
  tokeniseSft,
} from "../../src/data/index.ts";
import { defaultTemplate, type Tokenizer } from "../../src/text/index.ts";
import { lines, temporary } from "./files.ts";

const { put } = temporary();
const { templates } = JSON.parse(
  readFileSync(new URL("fixtures/chat-templates.json", import.meta.url), "utf8"),
) as { templates: Record<string, string> };

/** One token a character; `$` is the end token, `^` BOS. */
const plain: Tokenizer = {
  encode: (text) => Int32Array.from(text, (c) => c.charCodeAt(0)),
  decode: (ids) => String.fromCharCode(...Array.from(ids)),
  vocabulary: 1 << 16,
  bos: "^".charCodeAt(0),
  eos: "$".charCodeAt(0),
  eosText: "$",
};
const withTemplate = (template: string): Tokenizer => ({
  ...plain,
  chat: { template, specials: { bos_token: "^", eos_token: "$" } },
});
const options = { template: defaultTemplate, maxLength: 4096, tooLong: "stop" } as const;

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const system = (content: string) => ({ role: "system", content });

async function sft(tokenizer: Tokenizer, row: unknown, onBadRow: "stop" | "skip" = "stop") {
  const chat = chatFormat(tokenizer, defaultTemplate);
  const data = await loadSft(await put("sft.jsonl", lines(row)), { chat, onBadRow });
  const { examples } = tokeniseSft(data, tokenizer, options);
  const [prompt, ...responses] = [examples[0]!.prompt, ...examples[0]!.responses].map((ids) =>
    tokenizer.decode(ids),
  );
  return { data, prompt, responses };
}

async function preferences(tokenizer: Tokenizer, row: unknown) {
  const chat = chatFormat(tokenizer, defaultTemplate);
  const data = await loadPreferences(await put("dpo.jsonl", lines(row)), { chat });
  const { examples } = tokenisePreferences(data, tokenizer, options);
  const [prompt, ...responses] = [examples[0]!.prompt, ...examples[0]!.responses].map((ids) =>
    tokenizer.decode(ids),
  );
  return { data, prompt, responses };
}

describe("with the model's chat template", () => {
  test("the last answer is trained on, to its end token; nothing is put around it", async () => {
    const row = { messages: [user("a"), assistant("b"), user("c"), assistant("d\n"), user("e")] };
    const { prompt, responses, data } = await sft(withTemplate(templates.chatml!), row);
    expect(prompt).toBe(
      "<|im_start|>system\nYou help.<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n",
    );
    expect(responses).toEqual(["d\n<|im_end|>$"]);
    expect(data.chat).toEqual({ rows: 1, by: "chat template" });
    expect(data.rows[0]!.rendered).toBe(true);
  });
  test("its own BOS and end token come once", async () => {
    const row = { messages: [user("a"), assistant("b")] };
    expect(await sft(withTemplate(templates.instructions!), row)).toMatchObject({
      prompt: "^[INST] a[/INST]",
      responses: [" b$"],
    });
    expect((await sft(withTemplate(templates.plain!), row)).responses).toEqual(["b$"]);
  });
  test("texts that are no messages keep the specification's template", async () => {
    const { prompt, responses, data } = await sft(withTemplate(templates.chatml!), {
      prompt: "a",
      completion: "b",
    });
    expect([prompt, ...responses]).toEqual(["^User: a\nAssistant: ", "b $"]);
    expect(data.chat).toBeUndefined();
  });
  test("a place to think that is only begun in the prompt stays out of it", async () => {
    const begun = `${templates.headers!.replace("<|stop|>\n\n' }}{% endif %}", "<|stop|>\n\n<think>\n' }}{% endif %}")}`;
    expect(begun).not.toBe(templates.headers);
    const { prompt, responses } = await sft(withTemplate(begun), { messages: [user("a"), assistant("b")] });
    expect(prompt).toBe("^<|start|>user<|stop|>\n\na<|eot|><|start|>assistant<|stop|>\n\n");
    expect(responses).toEqual(["b<|eot|>$"]);
    const thinking = await sft(withTemplate(templates.thinking!), { messages: [user("a"), assistant("b")] });
    expect(thinking.responses).toEqual(["<think>\n\n</think>\n\nb<|im_end|>$"]);
  });
  test("what it refuses is a bad row, in its own words", async () => {
    const row = { messages: [user("a"), user("b"), assistant("c")] };
    await expect(sft(withTemplate(templates.instructions!), row)).rejects.toThrow(
      /sft\.jsonl:1: the chat template refuses the conversation: Roles must take turns/,
    );
  });
  test("one that forgets what came before can't part prompt and answer", async () => {
    const last = "{{ messages | length }}{{ messages[-1].content }}";
    await expect(sft(withTemplate(last), { messages: [user("a"), assistant("b")] })).rejects.toThrow(
      /writes the conversation's beginning differently/,
    );
    // As in Mistral's: a system message is written into the question only while nobody has answered it.
    const row = { messages: [system("S"), user("a"), assistant("b")] };
    await expect(sft(withTemplate(templates.instructions!), row)).rejects.toThrow(
      /writes the conversation's beginning differently/,
    );
  });
  test("tools are written, given as a list or as JSON", async () => {
    const tools = [{ name: "add" }];
    const row = { messages: [user("a"), assistant("b")] };
    for (const given of [tools, JSON.stringify(tools)]) {
      const { prompt } = await sft(withTemplate(templates.thinking!), { ...row, tools: given });
      expect(prompt).toContain('# Tools\n{"name": "add"}');
    }
  });
  test("preferences have one prompt, and the boundary is exact", async () => {
    const same = {
      prompt: [user("a")],
      chosen: [assistant("b")],
      rejected: [assistant("c")],
    };
    const whole = { chosen: [user("a"), assistant("b")], rejected: [user("a"), assistant("c")] };
    const text = { prompt: "a", chosen: [assistant("b")], rejected: [assistant("c")] };
    for (const row of [same, whole, text])
      expect(await preferences(withTemplate(templates.headers!), row)).toMatchObject({
        prompt: "^<|start|>user<|stop|>\n\na<|eot|><|start|>assistant<|stop|>\n\n",
        responses: ["b<|eot|>$", "c<|eot|>$"],
      });
  });
  test("conversations that part early keep their later turns in the response", async () => {
    const row = {
      chosen: [user("a"), assistant("b"), user("c"), assistant("d")],
      rejected: [user("a"), assistant("b"), user("x"), assistant("d")],
    };
    const { prompt, responses } = await preferences(withTemplate(templates.headers!), row);
    expect(prompt).toBe("^<|start|>user<|stop|>\n\na<|eot|><|start|>assistant<|stop|>\n\n");
    expect(responses[1]).toBe(
      "b<|eot|><|start|>user<|stop|>\n\nx<|eot|><|start|>assistant<|stop|>\n\nd<|eot|>$",
    );
  });
  test("silence is a response", async () => {
    const row = { chosen: [user("a"), assistant("b")], rejected: [user("a")] };
    expect((await preferences(withTemplate(templates.chatml!), row)).responses).toEqual([
      "b<|im_end|>$",
      "$",
    ]);
  });
});

describe("without a chat template", () => {
  test("one turn is the specification's template around it", async () => {
    const { prompt, responses, data } = await sft(plain, { messages: [user("a"), assistant("b")] });
    expect([prompt, ...responses]).toEqual(["^User: a\nAssistant: ", "b $"]);
    expect(data.chat).toEqual({ rows: 1, by: "template" });
  });
  test("several turns are the texts that one after the other would be, a system message first", async () => {
    const row = { messages: [system("S"), user("a"), assistant("b \n"), user("c"), assistant("d")] };
    const { prompt, responses } = await sft(plain, row);
    expect(prompt).toBe("^User: S\n\na\nAssistant: b $\nUser: c\nAssistant: ");
    expect(responses).toEqual(["d $"]);
  });
  test("preferences that part early", async () => {
    const row = {
      chosen: [user("a"), assistant("b"), user("c"), assistant("d")],
      rejected: [user("a"), assistant("x")],
    };
    expect(await preferences(plain, row)).toMatchObject({
      prompt: "^User: a\nAssistant: ",
      responses: ["b $\nUser: c\nAssistant: d $", "x $"],
    });
  });
  test.each([
    [[user("a"), user("b"), assistant("c")], /user and assistant in turn/],
    [[user("a"), { role: "tool", content: "t" }, assistant("c")], /user and assistant in turn/],
  ])("other turns are bad rows", async (messages, message) => {
    await expect(sft(plain, { messages })).rejects.toThrow(message);
  });
  test("tools can't be written", async () => {
    const row = { messages: [user("a"), assistant("b")], tools: [{ name: "x" }] };
    await expect(sft(plain, row)).rejects.toThrow(/the row has tools/);
  });
});

describe("a bad row of messages", () => {
  test.each<[unknown, RegExp]>([
    [{ messages: [] }, /"messages" is an empty list/],
    [{ messages: "hi" }, /has the keys "messages"; expected .*\{"messages"\}/],
    [{ messages: ["hi"] }, /"messages\[0\]" is a string; expected an object/],
    [{ messages: [user("a")] }, /"messages" has no message of the assistant/],
    [{ messages: [assistant("a")] }, /"messages" has no message of the user before/],
    [{ messages: [user("a"), assistant(" ")] }, /"messages\[1\]".content is empty/],
    [
      { messages: [{ role: "boss", content: "x" }] },
      /"messages\[0\]" has the role "boss"; expected one of system,/,
    ],
    [{ messages: [{ role: "user" }] }, /"messages\[0\]".content is missing; expected a text/],
    [{ messages: [{ role: "user", content: null }, assistant("a")] }, /"messages\[0\]".content is null/],
    [{ messages: [{ content: "x" }] }, /"messages\[0\]" has the keys "content"; expected \{"role"/],
    [
      { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
      /a part that is no text \("image_url"\)/,
    ],
    [{ messages: [user("a\ud800"), assistant("b")] }, /half of a surrogate pair/],
    [{ prompt: [user("a")] }, /"completion" is missing/],
    [
      { prompt: [user("a")], completion: [user("b")] },
      /"completion\[0\]" is of the user; expected the assistant's/,
    ],
    [{ prompt: [user("a")], completion: " " }, /"completion" is empty/],
    [{ messages: [user("a"), assistant("b")], tools: "{" }, /"tools" is a text that is not valid JSON/],
    [{ messages: [user("a"), assistant("b")], tools: 3 }, /"tools" is a number/],
  ])("of instructions: %j", async (row, message) => {
    await expect(sft(plain, row)).rejects.toThrow(message);
  });
  test.each<[unknown, RegExp]>([
    [{ chosen: [user("a"), assistant("b")] }, /"rejected" is missing/],
    [{ chosen: [user("a"), assistant("b")], rejected: "c" }, /"prompt" is missing/],
    [
      { chosen: [user("a"), assistant("b")], rejected: [user("x"), assistant("c")] },
      /"chosen" has no message of the user/,
    ],
    [
      { chosen: [user("a"), assistant("b")], rejected: [user("a"), assistant("b ")] },
      /are the same response/,
    ],
    [{ prompt: "a", chosen: [assistant("b")], rejected: [assistant("b")] }, /are the same response/],
  ])("of preferences: %j", async (row, message) => {
    await expect(preferences(plain, row)).rejects.toThrow(message);
  });
  test("a content may be a list of texts; an answer that calls a tool may be empty", async () => {
    const parts = { role: "user", content: [{ type: "text", text: "a" }, "b"] };
    const call = { role: "assistant", content: null, tool_calls: [{ x: 1 }] };
    const { prompt } = await sft(withTemplate(templates.chatml!), { messages: [parts, call] });
    expect(prompt).toContain("user\nab<|im_end|>");
  });
  test("without a chat format messages are bad rows that say what is missing", async () => {
    const file = await put("sft.jsonl", lines({ messages: [user("a"), assistant("b")] }));
    await expect(loadSft(file)).rejects.toThrow(/a model's chat template makes a text of; none was given/);
  });
});
