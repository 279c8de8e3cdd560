import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../src/runs/formats.ts";
import { parseSpecification } from "../../src/runs/parse-specification.ts";
import { trainSource } from "../../src/runs/source.ts";
import type { SpecificationInput } from "../../src/runs/specification.ts";

const plain: SpecificationInput = {
  model: "pythia-tiny",
  data: { sft: "sft.jsonl", dpo: "dpo.jsonl" },
  method: { name: "alright", lambda: 0.25 },
  steps: 60,
};

function recordOf(input: SpecificationInput, more: Partial<RunRecord> = {}): RunRecord {
  return {
    id: "alright-20260101-120000-abcd",
    created: "2026-01-01T12:00:00.000Z",
    specification: parseSpecification(input),
    workingDirectory: "/home/me/course",
    versions: {},
    methodHash: null,
    ...more,
  };
}

/** What the call in the source passes to `train`. */
function passed(source: string): SpecificationInput {
  const body = source.replace(/^import .*$/m, "").replace("await run.done;", "return run;");
  return new Function("train", body)((specification: unknown) => specification);
}

describe("the TypeScript that makes a run again", () => {
  it("is short, where the run was plain", () => {
    expect(trainSource(recordOf(plain))).toBe(
      `import { train } from "alright-ts";

// The run alright-20260101-120000-abcd. Relative paths start in /home/me/course.
const run = train({
  model: "pythia-tiny",
  data: { sft: "sft.jsonl", dpo: "dpo.jsonl" },
  method: { name: "alright", lambda: 0.25 },
  steps: 60,
});
await run.done;
`,
    );
  });

  it.each([
    ["plain", plain],
    ["all weights, another reference", { ...plain, lora: null, reference: { sft: "chosen", steps: 5 } }],
    ["its own ideal and stop", { ...plain, ideal: { dpo: 0.1, sft: 1 }, stop: { front: [[1, 2]] } }],
    ["no ideal point", { ...plain, ideal: null }],
    [
      "options within options",
      {
        ...plain,
        optimizer: { learningRate: 1e-3, warmup: 4 },
        objectives: { dpo: { loss: "ipo" }, sft: { reduction: "sequences" } },
        lora: { rank: 4, targets: ["query_key_value"] },
        batchSize: { dpo: 2 },
      },
    ],
    ["another template", { ...plain, template: 'Q: "{prompt}"\n`A` \\ $: ' }],
    [
      "two stages",
      { ...plain, steps: undefined, method: { name: "sequential", order: ["sft", "dpo"], steps: [10, 20] } },
    ],
    ["epochs", { ...plain, steps: undefined, epochs: 2 }],
  ] as [string, SpecificationInput][])("means the same specification: %s", (_, input) => {
    const record = recordOf(input);
    expect(parseSpecification(passed(trainSource(record)))).toEqual(record.specification);
  });

  it("says what was defined in a cell", () => {
    const source = trainSource({ ...recordOf(plain), methodHash: "ab", objectiveHashes: { dpo: "cd" } });
    expect(source).toContain("// It used the method alright of a cell: define it, and add { methods: […] }");
    expect(source).toContain("the objective of dpo of a cell");
  });

  it("keeps a stranger's text inside its comment or its string", () => {
    const text = '*/\nprocess.exit();\u2028"';
    const source = trainSource({ ...recordOf({ ...plain, name: text }), id: text, workingDirectory: text });
    expect(passed(source).name).toBe(text);
  });
});
