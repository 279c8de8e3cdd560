import { expect, test } from "vitest";
import { descriptionBundle } from "../../kernel/magics/data-view.ts";
import { describeSet } from "../../src/data/index.ts";
import type { Tokenizer } from "../../src/text/index.ts";

const tokenizer: Tokenizer = {
  encode: (text) => Int32Array.from(text, (c) => c.charCodeAt(0)),
  decode: (ids) => String.fromCharCode(...Array.from(ids)),
  vocabulary: 1 << 16,
  bos: null,
  eos: "$".charCodeAt(0),
  eosText: "$",
};

async function bundle(maxLength = 40) {
  const rows = [
    { prompt: "<b>a</b> & <script>alert(1)</script>", chosen: "yes\nsir", rejected: '"no"' },
    { prompt: "p", chosen: "c", rejected: "r" },
    { prompt: "p", chosen: "c ", rejected: "r" },
  ];
  const dpo = await describeSet(
    { file: "<i>.jsonl", sha256: "", rows, numbers: [0, 1, 2], skipped: ["<i>.jsonl:9: bad"] },
    tokenizer,
    { template: "{prompt}:", maxLength, tooLong: "cut", evaluation: { fraction: 0, heldOut: true } },
  );
  const shown = descriptionBundle({ model: "m", onBadRow: "skip", heldOut: true, sft: null, dpo });
  return { html: shown["text/html"] as string, text: shown["text/plain"] as string };
}

test("a description as HTML has the rows as text, not as markup, and marks what is trained on", async () => {
  const { html } = await bundle();
  expect(html).not.toMatch(/<script|<b>|<i>/);
  expect(html).toContain("&lt;i&gt;.jsonl");
  expect(html).toMatch(/<span [^>]*background:[^>]*>yes\nsir \$<\/span>/);
  expect(html).toMatch(/<span [^>]*>&quot;no&quot; \$<\/span>/);
  // Colours that a theme does not change would be unreadable in the other one.
  expect(html).not.toMatch(/color:(#|black|white)/);
});

test("and as plain text", async () => {
  const { text } = await bundle();
  expect(text).toContain("DPO: <i>.jsonl");
  expect(text).toContain("3 rows: 3 to train on, 0 to evaluate on (held out)");
  expect(text).toContain("1 row longer than maxLength 40 tokens: they are cut");
  expect(text).toContain("duplicates: 1 among training rows");
  expect(text).toContain('1 bad row: a run skips them (onBadRow "skip")');
  expect(text).toContain("<i>.jsonl:9: bad");
  expect(text).toContain("chosen: ⟦c $⟧");
  expect(text).toMatch(/ 5–9 │█+ 2/);
});
