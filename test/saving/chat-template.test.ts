import { describe, expect, test } from "vitest";
import { chatFormat } from "../../src/data/chat.ts";
import { chatTemplate } from "../../src/saving/chat-template.ts";
import { compileChatTemplate, type Message } from "../../src/text/chat-template.ts";

const eosText = "<|end|>";

/** Messages as training wrote them, without a chat template. */
function asTrained(template: string, messages: readonly Message[]): string {
  const format = chatFormat({ eosText }, template);
  const read = format.render({ prompt: messages.slice(0, -1), responses: [messages.slice(-1)] });
  if ("problem" in read) throw new Error(read.problem);
  const [before, after] = template.split("{prompt}");
  return `${before}${read.row.prompt}${after}${read.row.responses[0]!.trimEnd()} ${eosText}`;
}

function asSaved(template: string, messages: readonly Message[], addGenerationPrompt = false): string {
  const compiled = compileChatTemplate(
    { template: chatTemplate(template), specials: { eos_token: eosText } },
    "saved",
  );
  return compiled.render(messages, { addGenerationPrompt });
}

const conversations: [string, Message[]][] = [
  [
    "a question and its answer",
    [
      { role: "user", content: "What is a pear?" },
      { role: "assistant", content: "A fruit. \n" },
    ],
  ],
  [
    "several turns, and a system message",
    [
      { role: "system", content: "Be short." },
      { role: "user", content: "What is {prompt}?" },
      { role: "assistant", content: 'A "place".\n' },
      { role: "user", content: "And {{ 1 + 1 }}?" },
      { role: "assistant", content: "Two." },
    ],
  ],
];

describe.each(["User: {prompt}\nAssistant: ", '"\\{% raw %}é\t{prompt}\n\n### {{x}}:'])(
  "with the template %j",
  (template) => {
    test.each(conversations)("the saved chat template writes %s as it was trained on", (_, messages) => {
      expect(asSaved(template, messages)).toBe(asTrained(template, messages));
    });

    test("a generation prompt ends where the answer began", () => {
      const [, messages] = conversations[1]!;
      const whole = asSaved(template, messages);
      const asked = asSaved(template, messages.slice(0, -1), true);
      expect(whole).toBe(`${asked}Two. ${eosText}`);
    });
  },
);

test("a tokenizer's beginning token comes first, once", () => {
  const [, [, messages]] = conversations as [unknown, [string, Message[]]];
  const compiled = (bos: boolean) =>
    compileChatTemplate(
      { template: chatTemplate("{prompt}:", { bos }), specials: { eos_token: eosText, bos_token: "<s>" } },
      "saved",
    ).render(messages);
  expect(compiled(true)).toBe(`<s>${compiled(false)}`);
});
