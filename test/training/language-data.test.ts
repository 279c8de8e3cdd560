import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseSpecification } from "../../src/runs/parse-specification.ts";
import type { Tokenizer } from "../../src/text/index.ts";
import { loadLanguageData } from "../../src/training/language-data.ts";

const plain: Tokenizer = {
  encode: (text) => Int32Array.from(text, (c) => c.charCodeAt(0)),
  decode: (ids) => String.fromCharCode(...Array.from(ids)),
  vocabulary: 128,
  bos: null,
  eos: "$".charCodeAt(0),
  eosText: "$",
};
const chat = {
  template:
    "{% for m in messages %}{{ m.role[0] }}:{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}a:{% endif %}",
  specials: {},
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "alright-language-data-"));
  const talk = (answer: string) => ({
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: answer },
    ],
  });
  const rows = [talk("A"), { x: 1 }, talk("B"), talk("C".repeat(99)), { prompt: "p", completion: "c" }];
  await writeFile(join(directory, "sft.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function load(tokenizer: Tokenizer) {
  const notes: string[] = [];
  const specification = parseSpecification({
    model: "pythia-tiny",
    data: { sft: join(directory, "sft.jsonl") },
    method: { name: "sft" },
    maxLength: 60,
    tooLong: "skip",
    onBadRow: "skip",
    evaluation: { fraction: 0 },
  });
  const data = await loadLanguageData(specification, tokenizer, {
    note: (text) => notes.push(text),
    checkpoint: () => {},
    cache: directory,
  });
  return { data, notes };
}

test("a run says what it skipped, cut, and how it wrote chat messages", async () => {
  const { data, notes } = await load({ ...plain, chat });
  expect(notes).toEqual([
    expect.stringMatching(/^reading .*sft\.jsonl$/),
    expect.stringMatching(/^sft: 1 bad row skipped; the first: .*sft\.jsonl:2: has the keys "x"/),
    "sft: 1 row longer than 60 tokens skipped",
    "sft: 3 rows of chat messages, written by the model's chat template",
  ]);
  const texts = data.sft!.training.map(({ prompt, responses: [response] }) => [
    plain.decode(prompt),
    plain.decode(response!),
  ]);
  expect(texts).toEqual([
    ["u:Hi\na:", "A$"],
    ["u:Hi\na:", "B$"],
    ["User: p\nAssistant: ", "c $"],
  ]);
});

test("says plainly where the model has no chat template; a changed template is changed data", async () => {
  const without = await load(plain);
  expect(without.notes.at(-1)).toBe(
    "sft: 3 rows of chat messages, written by the specification's template: the model has no chat template",
  );
  expect(Object.keys(without.data.digests)).toEqual(["sft"]);
  const one = (await load({ ...plain, chat })).data.digests;
  const other = (await load({ ...plain, chat: { ...chat, template: `${chat.template} ` } })).data.digests;
  expect(one.sft).toBe(other.sft);
  expect(one.chatTemplate).not.toBe(other.chatTemplate);
});
