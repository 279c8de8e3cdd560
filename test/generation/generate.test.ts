import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assetPath } from "../../src/assets.ts";
import { loadAdapter, loadModel } from "../../src/checkpoints/index.ts";
import { createLearner } from "../../src/engine/index.ts";
import {
  findPolicy,
  generate,
  loadTextModel,
  policyKey,
  type TextModel,
} from "../../src/generation/index.ts";
import { loadTokenizer } from "../../src/text/index.ts";
import { trainHere } from "../training/in-process.ts";
import { writeTinyData, writeTinyModel } from "../training/tiny-model.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-generation-"));
const model = join(directory, "model");
const runs = join(directory, "runs");
const prompts = ["Tell me about apple", "plum", "a round sweet fruit", "Tell me about pear and fig"];
let text: TextModel;

beforeAll(async () => {
  await writeTinyModel(model);
  text = await loadTextModel(model, { threads: 1 });
});
afterAll(async () => {
  await text.dispose();
  rmSync(directory, { recursive: true });
});

describe("generate", () => {
  it("writes with a GGUF file's weights and its own tokenizer", async () => {
    const file = fileURLToPath(new URL("../parity/fixtures/gguf-llama.gguf", import.meta.url));
    const policy = await findPolicy({ model: file });
    expect(policyKey(policy)).toBe(policyKey(await findPolicy({ model: file })));
    const from = await loadTextModel(file, { threads: 1 });
    const once = await from.generate(["a"], { maxTokens: 8, template: "{prompt}" }).texts();
    expect(once).toHaveLength(1);
    expect(once[0]!.length).toBeGreaterThan(0);
    expect(once).toEqual(await from.generate(["a"], { maxTokens: 8, template: "{prompt}" }).texts());
    await from.dispose();
  });

  it("asks a model that has a chat template through it, unless told otherwise", async () => {
    const chatty = join(directory, "chatty");
    await writeTinyModel(chatty);
    const jinja =
      "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}!{% endif %}";
    writeFileSync(join(chatty, "chat_template.jinja"), jinja);
    const from = await loadTextModel(chatty, { threads: 1 });
    const options = { maxTokens: 8 };
    const asked = await from.generate("plum", options).texts();
    expect(from.template).toBeNull();
    expect(text.template).toBe("User: {prompt}\nAssistant: ");
    expect(asked).toEqual(await from.generate("<user>plum!", { ...options, template: null }).texts());
    const plain = await from.generate("plum", { ...options, template: text.template! }).texts();
    expect(plain).toEqual(await text.generate("plum", options).texts());
    expect(plain).not.toEqual(asked);
    await from.dispose();
  });

  it("streams pieces that make up the texts, each with its end", async () => {
    const options = { maxTokens: 12, temperature: 1, seed: 3 };
    const texts = prompts.map(() => "");
    const ends = prompts.map((): (string | null)[] => []);
    for await (const { prompt, text: piece, ended } of text.generate(prompts, options)) {
      texts[prompt] += piece;
      ends[prompt]!.push(ended);
    }
    expect(texts).toEqual(await text.generate(prompts, options).texts());
    for (const each of ends) {
      expect(each.at(-1)).toMatch(/^(end|length)$/);
      expect(each.slice(0, -1).every((ended) => ended === null)).toBe(true);
    }
  });

  it("gives the same texts for the same seed, however many run at a time", async () => {
    const options = { maxTokens: 20, temperature: 1, topP: 0.95, seed: 7 };
    const texts = await text.generate(prompts, options).texts();
    expect(await text.generate(prompts, { ...options, batchSize: 1 }).texts()).toEqual(texts);
    expect(await text.generate(prompts, { ...options, batchSize: 3 }).texts()).toEqual(texts);
    expect(await text.generate(prompts, { ...options, seed: 8 }).texts()).not.toEqual(texts);
    expect(await generate(model, prompts, { ...options, threads: 1 }).texts()).toEqual(texts);
  });

  it("puts prompts into the template, or takes them as they are", async () => {
    const options = { maxTokens: 10 };
    const raw = { ...options, template: null };
    const [plain] = await text.generate("plum", options).texts();
    expect(await text.generate("User: plum\nAssistant: ", raw).texts()).toEqual([plain]);
    expect(await text.generate("plum", raw).texts()).not.toEqual([plain]);
    expect(
      await text.generate("plum", { ...options, template: "User: {prompt}\nAssistant: " }).texts(),
    ).toEqual([plain]);
    await expect(text.generate("plum", { ...options, template: "no place" }).texts()).rejects.toThrow(
      "{prompt}",
    );
  });

  it("ends before a stop string, and tells so", async () => {
    const options = { maxTokens: 30, temperature: 1, seed: 2 };
    const [whole] = await text.generate("plum", options).texts();
    const stop = whole!.slice(9, 14);
    const pieces: string[] = [];
    let how: string | null = null;
    for await (const { text: piece, ended } of text.generate("plum", { ...options, stop })) {
      pieces.push(piece);
      how = ended;
    }
    expect(pieces.join("")).toBe(whole!.slice(0, whole!.indexOf(stop)));
    expect(how).toBe("stop");
  });

  it("is ended by a signal, between two tokens", async () => {
    const control = new AbortController();
    const reason = new Error("enough");
    let pieces = 0;
    const all = (async () => {
      for await (const _ of text.generate(prompts, {
        maxTokens: 100,
        temperature: 2,
        signal: control.signal,
      }))
        if (++pieces === 5) control.abort(reason);
    })();
    await expect(all).rejects.toBe(reason);
    expect(pieces).toBeLessThan(5 + 2 * prompts.length);
  });

  it("says what is wrong with model, prompt or options", async () => {
    await expect(generate("toy:conflict", "x").texts()).rejects.toThrow("it has no words");
    await expect(generate(join(directory, "nowhere"), "x").texts()).rejects.toThrow(
      "no directory of that name",
    );
    await expect(generate({}, "x").texts()).rejects.toThrow("no model and no run");
    await expect(text.generate("", { template: null }).texts()).rejects.toThrow("prompt 1 has no tokens");
    await expect(text.generate("x ".repeat(200)).texts()).rejects.toThrow("positions end at 128");
    await expect(text.generate("x", { stop: "" }).texts()).rejects.toThrow("stop string");
  });
});

describe("a run", () => {
  const prompt = "Tell me about apple";

  /** log p of a text's tokens under the run's weights, as the learner has them, are the largest at each place. */
  async function expectGreedy(source: string, adapters: readonly string[], base = model) {
    const written = await loadTextModel({ run: source, runs }, { threads: 1 });
    const [found] = await written.generate(prompt, { maxTokens: 8 }).texts();
    await written.dispose();
    const tokenizer = await loadTokenizer(model);
    let checkpoint = await loadModel(base);
    for (const place of adapters) {
      const { lora, tensors } = await loadAdapter(place);
      const learner = await createLearner(checkpoint, { lora, seed: 0, threads: 1 });
      for (const { name, data } of learner.parameters) data.set(tensors.get(name)!.data);
      checkpoint = { config: checkpoint.config, tensors: learner.weights() };
      await learner.dispose();
    }
    const learner = await createLearner(checkpoint, { lora: null, seed: 0, threads: 1 });
    const ids = [...tokenizer.encode(`User: ${prompt}\nAssistant: `)];
    let greedy = "";
    for (let i = 0; i < 8; i++) {
      const responses = Array.from({ length: 288 }, (_, id) => Int32Array.of(id));
      const { logProbs } = await learner.logProbs([{ row: 0, prompt: Int32Array.from(ids), responses }]);
      const best = logProbs.indexOf(Math.max(...logProbs));
      if (best === tokenizer.eos) break;
      ids.push(best);
      greedy = tokenizer.decode(ids.slice(tokenizer.encode(`User: ${prompt}\nAssistant: `).length));
    }
    await learner.dispose();
    expect(found).toBe(greedy);
  }

  const common = () => ({ model, data: writeTinyData(directory), threads: 1, evaluation: { every: 100 } });

  it("writes with its final adapter, and with its newest checkpoint before it has one", async () => {
    const { directory: run } = await trainHere(
      {
        ...common(),
        method: { name: "sequential", order: ["sft", "dpo"] },
        steps: 6,
        checkpoint: { every: 5 },
        optimizer: { learningRate: 0.05 },
        ideal: null,
      },
      { runs },
    );
    await expectGreedy(run.path, [run.final]);
    rmSync(run.final, { recursive: true });
    const policy = await findPolicy({ run: run.path });
    expect(policy.adapters.length).toBeGreaterThan(1); // the first stage's, merged, and the second's
    await expectGreedy(run.path, policy.adapters);
    rmSync(run.checkpoints, { recursive: true });
    await expect(findPolicy({ run: run.path })).rejects.toThrow("has no checkpoint yet");
  });

  it("writes with its final model where all weights were trained", async () => {
    const { directory: run } = await trainHere(
      { ...common(), method: { name: "sft" }, steps: 3, lora: null, optimizer: { learningRate: 0.01 } },
      { runs },
    );
    await expectGreedy(run.path, [], run.final);
    await expect(findPolicy({ run: run.path, model: "pythia-tiny" })).rejects.toThrow("leave the model out");
  });

  it("is named where there is none", async () => {
    await expect(findPolicy({ run: "nobody", runs })).rejects.toThrow("nobody: no run is there");
  });
});

const pythia = existsSync(assetPath("models/pythia-tiny/model.safetensors"));
if (!pythia) console.log("pythia-tiny has no weights here: its text is not checked");
it.skipIf(!pythia)("pythia-tiny writes English words", async () => {
  const [words] = await generate("pythia-tiny", "What is a pear?", { maxTokens: 40, threads: 1 }).texts();
  expect(words).toMatch(/\b(the|to|and|of|a|in)\b/);
  expect(words!.split(" ").length).toBeGreaterThan(12);
});
