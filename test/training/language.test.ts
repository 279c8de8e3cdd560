import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadAdapter, loadModel } from "../../src/checkpoints/index.ts";
import { loadSft, split, tokeniseSft } from "../../src/data/index.ts";
import { createLearner } from "../../src/engine/index.ts";
import { resumeRun, type SpecificationInput, train } from "../../src/index.ts";
import { loraScale } from "../../src/models/index.ts";
import { loadTokenizer } from "../../src/text/index.ts";
import { computed, continueHere, eventsOf, pauseAfter, trainHere } from "./in-process.ts";
import { writeTinyData, writeTinyModel } from "./tiny-model.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-language-"));
const runs = join(directory, "runs");
const model = join(directory, "model");
const llama = join(directory, "llama");
let data: { sft: string; dpo: string };

beforeAll(async () => {
  await writeTinyModel(model);
  await writeTinyModel(llama, 128, { model_type: "llama", num_key_value_heads: 1 });
  data = writeTinyData(join(directory, "data"));
});
afterAll(() => rmSync(directory, { recursive: true }));

type Method = SpecificationInput["method"];

function specification(method: Method, more: Partial<SpecificationInput> = {}): SpecificationInput {
  return {
    model,
    data,
    method,
    steps: 12,
    lora: { rank: 4, alpha: 4 },
    ideal: { dpo: 0, sft: 1 },
    optimizer: { learningRate: 1e-2 },
    batchSize: { sft: 6, dpo: 4 },
    evaluation: { every: 4, fraction: 0.1 },
    checkpoint: { every: 5 },
    threads: 1,
    ...more,
  };
}

describe("a language model's run", () => {
  test("lowers both losses, in its process, and writes an adapter in PEFT format", async () => {
    const run = train(specification({ name: "mix", lambda: 0.5 }, { steps: 40 }), { runs });
    const summary = await run.done;
    const events = eventsOf({ path: run.directory });
    const start = events.find((event) => event.type === "evaluated")!;
    expect(start.step).toBe(0);
    // Under the reference "start" every margin is 0, so DPO's loss is log 2.
    expect(start.losses.dpo).toBeCloseTo(Math.log(2), 6);
    expect(summary.losses.dpo!).toBeLessThan(start.losses.dpo!);
    expect(summary.losses.sft!).toBeLessThan(start.losses.sft!);
    expect(readdirSync(join(run.directory, "final")).sort()).toEqual([
      "adapter_config.json",
      "adapter_model.safetensors",
    ]);
    const step = events.find((event) => event.type === "step")!;
    expect(Object.keys(step.losses)).toEqual(["dpo", "sft"]);
    expect(step.rewards).toBeDefined();
    expect(step.logProbs!.chosenChange).toBeCloseTo(0, 4);
    const record = JSON.parse(readFileSync(join(run.directory, "run.json"), "utf8"));
    expect(Object.keys(record.dataHashes).sort()).toEqual(["dpo", "sft"]);
    expect(record.specification.lora.targets).toEqual(["query_key_value"]);
    expect(record.versions["onnxruntime-node"]).toMatch(/^\d+\.\d+/);
  });

  const cases: [string, Method, Partial<SpecificationInput>, string][] = [
    ["ALRIGHT", { name: "alright" }, {}, "adapter_model.safetensors"],
    ["MAXRIGHT, k = 3", { name: "maxright", k: 3 }, {}, "adapter_model.safetensors"],
    [
      "Sequential in its second stage, whose reference is the first's end",
      { name: "sequential", order: ["sft", "dpo"], steps: [4, 8] },
      {},
      "adapter_model.safetensors",
    ],
    ["all weights", { name: "alright" }, { lora: null }, "model.safetensors"],
    [
      "an adapter with dropout",
      { name: "maxright", k: 3 },
      { lora: { rank: 4, alpha: 4, dropout: 0.2 } },
      "adapter_model.safetensors",
    ],
  ];
  for (const [title, method, more, file] of cases)
    test(`${title}: paused and resumed, it equals an uninterrupted run bit for bit`, async () => {
      const input = specification(method, more);
      const whole = await trainHere(input, { runs });
      expect(whole.ended.error).toBeUndefined();
      const first = await trainHere(input, { runs, ask: pauseAfter(7) });
      expect(first.ended.summary).toMatchObject({ state: "paused", steps: 7 });
      const second = await continueHere(first.directory);
      expect(second.ended.summary).toMatchObject({ state: "finished", steps: 12 });
      expect(computed(second.directory)).toEqual(computed(whole.directory));
      const [a, b] = [whole, second].map((of) => readFileSync(join(of.directory.final, file)));
      expect(a!.equals(b!)).toBe(true);
    });

  test("too little memory: layer by layer with weights from their file; a resumed run stays with that", async () => {
    // Deep enough that its layers weigh more than what it takes to go through them one by one.
    const deep = join(directory, "deep");
    await writeTinyModel(deep, 128, { hidden_size: 64, num_hidden_layers: 8, intermediate_size: 256 });
    const method = { name: "sequential", order: ["dpo", "sft"], steps: [5, 7] };
    const input = specification(method, { model: deep, optimizer: { learningRate: 1e-4 } });
    const whole = await trainHere(input, { runs });
    const lean = await trainHere({ ...input, memory: 1000 }, { runs });
    const plan = ({ directory }: typeof lean) => directory.readRecord().versions.plan;
    expect([plan(whole), plan(lean)]).toEqual(["whole", "streamed"]);
    const notes = eventsOf(lean.directory).flatMap((event) =>
      event.type === "preparing" ? [event.note] : [],
    );
    expect(notes.join("\n")).toMatch(
      /layer by layer, weights read from their files, the leanest way: about .+ but there are only/,
    );
    const losses = ({ directory }: typeof lean) =>
      eventsOf(directory).flatMap((event) => (event.type === "step" ? Object.values(event.losses) : []));
    const [a, b] = [losses(whole), losses(lean)];
    expect(b).toHaveLength(12);
    for (const [i, loss] of a.entries()) expect(Math.abs(b[i]! - loss)).toBeLessThan(1e-4 * Math.abs(loss));

    const first = await trainHere({ ...input, memory: 1000 }, { runs, ask: pauseAfter(7) });
    const record = first.directory.readRecord();
    first.directory.writeRecord({ ...record, specification: { ...record.specification, memory: null } });
    const second = await continueHere(first.directory);
    expect(plan(second)).toBe("streamed");
    expect(computed(second.directory)).toEqual(computed(lean.directory));
  });

  test("killed at any moment, it goes on from its last checkpoint and ends alike", async () => {
    const input = specification({ name: "alright" }, { steps: 4000, checkpoint: { every: 5 } });
    const run = train(input, { runs });
    await new Promise<void>((resolve) => {
      const end = run.onSnapshot(({ step }) => {
        if (step < 20) return;
        end();
        resolve();
      });
    });
    process.kill(parseInt(readFileSync(join(run.directory, "trainer.pid"), "utf8"), 10), "SIGKILL");
    await expect(run.done).rejects.toThrow(/ended by SIGKILL/);
    expect(run.state).toBe("failed");
    const resumed = resumeRun(run.id, { runs });
    const before = run.snapshot();
    await new Promise<void>((resolve) => {
      const end = resumed.onSnapshot(({ step }) => {
        if (step <= before.step) return;
        end();
        resolve();
      });
    });
    expect(resumed.snapshot().seq).toBeGreaterThan(before.seq);
    await resumed.pause();
    const steps = computed({ path: resumed.directory }).length;
    const whole = await trainHere(input, { runs, ask: pauseAfter(resumed.snapshot().step) });
    const expected = computed(whole.directory);
    expect(steps).toBe(expected.length);
    expect(computed({ path: resumed.directory })).toEqual(expected);
  });

  test("f* comes from two runs of equal length, computed once for every λ and method", async () => {
    const first = await trainHere(specification({ name: "alright" }, { ideal: "runs" }), { runs });
    const { ideal } = first.ended.summary;
    const notes = ({ directory }: typeof first) =>
      eventsOf(directory).flatMap((event) => (event.type === "preparing" ? event.note : []));
    const alone = await trainHere(specification({ name: "dpo" }, { ideal: null }), { runs });
    expect(ideal!.dpo).toBe(alone.ended.summary.losses.dpo);
    expect(notes(first).some((note) => note.startsWith("f* of"))).toBe(true);
    const mix = specification({ name: "mix", lambda: 0.1 }, { ideal: "runs" });
    const second = await trainHere(mix, { runs });
    expect(second.ended.summary.ideal).toEqual(ideal);
    expect(notes(second).some((note) => note.startsWith("f* of"))).toBe(false);
  });

  test("a reference trained on the chosen responses: DPO starts away from log 2, from the base", async () => {
    const reference = { sft: "chosen", steps: 20 } as const;
    const run = await trainHere(specification({ name: "alright" }, { reference }), { runs });
    expect(run.ended.summary.steps).toBe(12);
    expect(Math.abs(run.snapshots.at(-1)!.start!.dpo - Math.log(2))).toBeGreaterThan(1e-3);
    // A run's own adapter serves as a reference too, by the run's id.
    const id = run.directory.readRecord().id;
    const next = await trainHere(specification({ name: "dpo" }, { reference: id, steps: 2 }), { runs });
    expect(next.ended.error).toBeUndefined();
    expect(Math.abs(next.snapshots.at(-1)!.start!.dpo - Math.log(2))).toBeGreaterThan(1e-6);
  });

  test.each([
    ["GPT-NeoX, LoRA", model, { rank: 4, alpha: 4 }, ["query_key_value"]],
    ["Llama, rsLoRA", llama, { rank: 4, alpha: 4, rslora: true, dropout: 0.1 }, ["q_proj", "v_proj"]],
  ])("Sequential's final adapter stands for both of its stages: %s", async (_, model, lora, targets) => {
    const input = specification({ name: "sequential", steps: [6, 6] }, { model, lora });
    const run = await trainHere(input, { runs });
    const adapter = await loadAdapter(run.directory.final);
    expect(adapter.lora.rank).toBe(8);
    expect(loraScale(adapter.lora)).toBeCloseTo(loraScale(lora), 12);
    expect(adapter.lora.targets).toEqual(targets);
    expect(run.directory.readRecord().specification.lora!.targets).toEqual(targets);
    const learner = await createLearner(await loadModel(model), { lora: adapter.lora, seed: 0, threads: 1 });
    for (const { name, data } of learner.parameters) data.set(adapter.tensors.get(name)!.data);
    const { template } = run.directory.readRecord().specification;
    const options = { template, maxLength: 128, tooLong: "stop" } as const;
    const { examples } = tokeniseSft(await loadSft(data.sft), await loadTokenizer(model), options);
    const { evaluation } = split(examples, { fraction: 0.1, heldOut: true });
    const { logProbs } = await learner.logProbs(evaluation);
    await learner.dispose();
    const tokens = evaluation.reduce((sum, { responses }) => sum + responses[0]!.length, 0);
    const loss = -logProbs.reduce((a, b) => a + b, 0) / tokens;
    expect(loss).toBeCloseTo(run.ended.summary.losses.sft!, 5);
  });

  test("epochs are those of the set with more batches; Sequential's are each stage's own", async () => {
    // 36 and 27 training rows in batches of 6 and 4: 6 and 7 batches.
    const joint = specification({ name: "alright" }, { epochs: 2 });
    delete joint.steps;
    expect((await trainHere(joint, { runs })).ended.summary.steps).toBe(14);
    const stages = specification({ name: "sequential", epochs: [1, 2] });
    delete stages.steps;
    const { ended, directory } = await trainHere(stages, { runs });
    expect(ended.summary.steps).toBe(7 + 12);
    expect(eventsOf(directory).find(({ type }) => type === "stage")!.step).toBe(8);
  });

  test("data that has changed since the run began is an error on resuming", async () => {
    const changed = join(directory, "changed.jsonl");
    writeFileSync(changed, readFileSync(data.sft));
    const input = specification({ name: "sft" }, { data: { sft: changed } });
    const run = await trainHere(input, { runs, ask: pauseAfter(3) });
    writeFileSync(changed, `${readFileSync(data.sft, "utf8")}{"prompt": "a", "completion": "b"}\n`);
    const again = await continueHere(run.directory);
    expect(again.ended.error).toMatch(/data\.sft has changed/);
  });

  test("errors name file and row, key, or step, and leave nothing that looks finished", async () => {
    const broken = join(directory, "broken.jsonl");
    writeFileSync(broken, '{"prompt": "a", "completion": "b"}\n{"prompt": "a"}\n');
    const unreadable = train(specification({ name: "sft" }, { data: { sft: broken } }), { runs });
    await expect(unreadable.done).rejects.toThrow(/broken\.jsonl:2/);
    expect(unreadable.state).toBe("failed");
    expect(existsSync(join(unreadable.directory, "final"))).toBe(false);
    expect(existsSync(join(unreadable.directory, "summary.json"))).toBe(false);

    const missing = () => train(specification({ name: "sft" }, { data: { sft: "no-such.jsonl" } }), { runs });
    expect(missing).toThrow(/data\.sft: no file .*no-such\.jsonl/);

    const optimizer = { learningRate: 1e30, clip: null };
    const diverging = await trainHere(specification({ name: "sft" }, { optimizer }), { runs });
    expect(diverging.ended.error).toMatch(/step \d+: .*(NaN|not finite).*learningRate/);
  });
});
