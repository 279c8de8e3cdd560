import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluate, readEvents, type SpecificationInput } from "../../src/index.ts";
import { pauseAfter, trainHere } from "./in-process.ts";
import { writeTinyData, writeTinyModel } from "./tiny-model.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-evaluate-"));
const runs = join(directory, "runs");
const model = join(directory, "model");
let data: { sft: string; dpo: string };

beforeAll(async () => {
  await writeTinyModel(model);
  data = writeTinyData(join(directory, "data"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function specification(
  method: SpecificationInput["method"],
  more: Partial<SpecificationInput> = {},
): SpecificationInput {
  return {
    model,
    data,
    method,
    steps: 8,
    lora: { rank: 4, alpha: 4 },
    ideal: { dpo: 0.5, sft: 1 },
    optimizer: { learningRate: 1e-2 },
    batchSize: { sft: 6, dpo: 4 },
    evaluation: { every: 4, fraction: 0.2 },
    checkpoint: { every: 100 },
    threads: 1,
    ...more,
  };
}

describe("evaluating a run", () => {
  test("of the toy: its final weights have the losses, gaps and distance of its summary", async () => {
    const toy = { model: "toy:conflict", method: { name: "mix" }, steps: 50 } as SpecificationInput;
    const { directory: run, ended } = await trainHere(toy, { runs });
    const found = await evaluate(run.path);
    const { losses, ideal, gaps, idealDistance } = ended.summary;
    expect(found).toMatchObject({ weights: "final", step: 50, losses, ideal, gaps, idealDistance });
    expect(found.rewards!.accuracy === 0 || found.rewards!.accuracy === 1).toBe(true);
  });

  const kinds: [string, SpecificationInput["method"], Partial<SpecificationInput>][] = [
    ["an adapter", { name: "mix", lambda: 0.5 }, {}],
    ["all weights", { name: "mix", lambda: 0.5 }, { lora: null }],
    ["two stages, DPO first", { name: "sequential", order: ["dpo", "sft"] }, {}],
    ["two stages, whose reference is the first's end", { name: "sequential", order: ["sft", "dpo"] }, {}],
    ["a reference that was trained", { name: "alright" }, { reference: { sft: "chosen", steps: 3 } }],
  ];
  for (const [name, method, more] of kinds)
    test(`${name}: the final weights have the losses of the last evaluation`, async () => {
      const { directory: run, ended } = await trainHere(specification(method, more), { runs });
      expect(ended.error).toBeUndefined();
      const found = await evaluate(run.readRecord().id, { runs });
      expect(found.losses.dpo!).toBeCloseTo(ended.summary.losses.dpo!, 4);
      expect(found.losses.sft!).toBeCloseTo(ended.summary.losses.sft!, 4);
      expect(found.rows).toEqual({ dpo: 6, sft: 8 });
      expect(found).toMatchObject({ weights: "final", step: 8, model });
      const { margin, chosen, rejected, accuracy } = found.rewards!;
      expect(margin).toBeCloseTo(chosen - rejected, 6);
      // Of six pairs.
      expect(accuracy * 6).toBeCloseTo(Math.round(accuracy * 6), 9);
    });

  test("that is paused: the weights of its newest checkpoint", async () => {
    const { directory: run } = await trainHere(specification({ name: "mix" }), {
      runs,
      ask: pauseAfter(4),
    });
    const found = await evaluate(run.path, { threads: 1 });
    const there = readEvents(run.events)
      .filter((event) => event.type === "evaluated")
      .find(({ step }) => step === 4);
    expect(found).toMatchObject({ weights: "checkpoint", step: 4 });
    expect(found.losses.sft!).toBeCloseTo(there!.losses.sft!, 5);
  });

  test("on rows of another file: all of them, with the run's own reference policy", async () => {
    const all = specification(
      { name: "mix" },
      { reference: { sft: "chosen", steps: 3 }, evaluation: { every: 4, fraction: 1, heldOut: false } },
    );
    const { directory: run, ended } = await trainHere(all, { runs });
    const found = await evaluate(run.path, { data: { dpo: data.dpo } });
    expect(found.rows).toEqual({ dpo: 30, sft: 0 });
    expect(found.losses.dpo!).toBeCloseTo(ended.summary.losses.dpo!, 5);
    expect(found.losses.sft).toBeUndefined();
    // Gaps are to f* on the run's own rows.
    expect(found.gaps).toBeNull();
  });

  test("says what is missing", async () => {
    await expect(evaluate("nothing", { runs })).rejects.toThrow(/nothing is no run below .*give data/);
    await expect(evaluate("nothing", { runs, data })).rejects.toThrow(
      /no directory and no embedded model is called "nothing"/,
    );
    const without = specification(
      { name: "mix" },
      { evaluation: { every: 4, fraction: 0 }, ideal: null, steps: 2 },
    );
    const { directory: run } = await trainHere(without, { runs });
    await expect(evaluate(run.path)).rejects.toThrow(/evaluation\.fraction is 0\); give data/);
    const moved = specification({ name: "sequential", order: ["sft", "dpo"] }, { steps: 2 });
    const second = await trainHere(moved, { runs });
    await expect(evaluate(second.directory.path, { data: { dpo: data.dpo } })).rejects.toThrow(
      /when its DPO stage began/,
    );
    const changed = join(directory, "changed.jsonl");
    writeFileSync(changed, '{"prompt":"a","completion":"b"}\n{"prompt":"a","completion":"c"}\n');
    const short = { data: { sft: changed }, evaluation: { every: 4, fraction: 0.5 }, steps: 1, ideal: null };
    const third = await trainHere(specification({ name: "sft" }, short), { runs });
    writeFileSync(changed, '{"prompt":"a","completion":"d"}\n{"prompt":"a","completion":"c"}\n');
    await expect(evaluate(third.directory.path)).rejects.toThrow(/data\.sft has changed since run/);
  });
});

describe("evaluating a model", () => {
  test("as it is: its reference is itself, so DPO's loss is log 2 and every margin 0", async () => {
    const found = await evaluate(model, { data, threads: 1 });
    expect(found).toMatchObject({ weights: "model", run: null, step: null, rows: { dpo: 30, sft: 40 } });
    expect(found.losses.dpo!).toBeCloseTo(Math.log(2), 6);
    expect(found.rewards!.margin).toBeCloseTo(0, 6);
    expect(found.losses.sft!).toBeGreaterThan(0);
  });

  test("with an adapter from a directory", async () => {
    const all = specification({ name: "sft" }, { evaluation: { every: 4, fraction: 1, heldOut: false } });
    const { directory: run, ended } = await trainHere(all, { runs });
    const found = await evaluate(run.final, { data: { sft: data.sft }, threads: 1 });
    expect(found).toMatchObject({ weights: "adapter", model });
    expect(found.losses.sft!).toBeCloseTo(ended.summary.losses.sft!, 5);
  });
});
