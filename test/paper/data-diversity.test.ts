import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { dataDiversity } from "../../src/paper/index.ts";

const folder = mkdtempSync(join(tmpdir(), "alright-diversity-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, rows: readonly object[]): string {
  const place = join(folder, name);
  writeFileSync(place, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return place;
}
const instruction = (prompt: string, completion: string) => ({ prompt, completion });
const transcript = (question: string, answer: string) => `\n\nHuman: ${question}\n\nAssistant: ${answer}`;
const preference = (question: string, chosen: string, rejected: string) => ({
  chosen: transcript(question, chosen),
  rejected: transcript(question, rejected),
});

const sft = file("sft.jsonl", [
  instruction("What is a horse?", "An animal."),
  instruction("Define the word sea.", "A large body of salt water."),
]);
const dpo = file("dpo.jsonl", [
  preference("Define the word lake.", "It just means a pond!", "A large body of fresh water."),
  preference("Define the word sea.", "A large body of salt water.", "It just means a pond!"),
]);

test("each preference stands beside the nearest instruction, the most similar prompts first", async () => {
  const { pairs, sftRows } = await dataDiversity({ model: "pythia-tiny", data: { sft, dpo } });
  expect(sftRows).toBe(2);
  expect(pairs.map(({ dpoRow, sftRow }) => [dpoRow, sftRow])).toEqual([
    [1, 1],
    [0, 1],
  ]);
  const [same, near] = pairs as [(typeof pairs)[0], (typeof pairs)[0]];
  // Human: and Assistant: are no part of a prompt, nor is the template.
  expect(same.prompts).toBe(1);
  expect(same.chosen).toBe(1);
  expect(near.prompts).toBeLessThan(1);
  expect(near.prompts).toBeGreaterThan(0.5);
  expect(near.rejected).toBeGreaterThan(near.chosen);
  expect(near.texts).toMatchObject({ sftPrompt: "Define the word sea.", chosen: "It just means a pond!" });
});

test("what two prompts share is told apart into frequent tokens and others", async () => {
  const all = await dataDiversity({ model: "pythia-tiny", data: { sft, dpo }, frequent: 0 });
  expect(all.pairs.map(({ frequentShare }) => frequentShare)).toEqual([1, 1]);
  // “Define the word .” is in three of the four prompts, “sea” in two.
  const most = await dataDiversity({ model: "pythia-tiny", data: { sft, dpo }, frequent: 0.75 });
  expect(most.pairs[0]!.frequentShare).toBeLessThan(1);
  expect(most.pairs[1]!.frequentShare).toBe(1);
  expect(most.tokens.frequent).toBeLessThan(most.tokens.distinct);
});

test("only the first rows where asked, and an error for what can't be", async () => {
  const { pairs } = await dataDiversity({ model: "pythia-tiny", data: { sft, dpo }, rows: 1 });
  expect(pairs.map(({ dpoRow, sftRow }) => [dpoRow, sftRow])).toEqual([[0, 0]]);
  const ask = (more: object) => dataDiversity({ model: "pythia-tiny", data: { sft, dpo }, ...more });
  await expect(ask({ rows: 0 })).rejects.toThrow("rows is 0; expected at least 1");
  await expect(ask({ frequent: 2 })).rejects.toThrow("frequent is 2; expected a share");
});
