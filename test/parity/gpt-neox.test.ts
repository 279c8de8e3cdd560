/** Values, gradients and ten Adam steps against PyTorch; make-fixtures.py says how its numbers were made. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { TensorData } from "../../src/checkpoints/checkpoint.ts";
import type { Example } from "../../src/data/examples.ts";
import { createLearner } from "../../src/engine/index.ts";
import { dpo, sft } from "../../src/objectives/index.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

function safetensors(name: string): Map<string, TensorData> {
  const file = fixture(name);
  const start = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString("utf8", 8, start));
  const tensors = new Map<string, TensorData>();
  for (const [key, { shape, data_offsets: at }] of Object.entries<{
    shape: number[];
    data_offsets: number[];
  }>(header)) {
    if (key === "__metadata__") continue;
    const bytes = new Uint8Array(file.subarray(start + at[0]!, start + at[1]!));
    tensors.set(key, { shape, data: new Float32Array(bytes.buffer) });
  }
  return tensors;
}

interface Row {
  readonly prompt: number[];
  readonly responses: number[][];
}

interface Case {
  readonly name: string;
  readonly mode: "all" | "lora";
  readonly parallel: boolean;
  readonly objective: "sft" | "dpo";
  readonly logProbs: number[];
  readonly losses: number[];
}

const document = JSON.parse(fixture("cases.json").toString());
const weights = safetensors("weights.safetensors");
const adapter = safetensors("adapter.safetensors");
const gradients = safetensors("gradients.safetensors");
const targets = ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"];

const examples = (rows: Row[]): Example[] =>
  rows.map(({ prompt, responses }, row) => ({
    row,
    prompt: Int32Array.from(prompt),
    responses: responses.map((response) => Int32Array.from(response)),
  }));

/** torch.optim.Adam, without weight decay. */
function adam(learningRate: number, [beta1, beta2]: [number, number], epsilon: number) {
  const moments = new Map<Float32Array, { first: Float64Array; second: Float64Array }>();
  let step = 0;
  return (pairs: readonly (readonly [data: Float32Array, gradient: Float32Array])[]) => {
    step++;
    for (const [data, gradient] of pairs) {
      const fresh = { first: new Float64Array(data.length), second: new Float64Array(data.length) };
      const { first, second } = moments.get(data) ?? fresh;
      moments.set(data, { first, second });
      for (const [i, g] of gradient.entries()) {
        first[i] = beta1 * first[i]! + (1 - beta1) * g;
        second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
        const deviation = Math.sqrt(second[i]! / (1 - beta2 ** step)) + epsilon;
        data[i]! -= (learningRate * first[i]!) / (1 - beta1 ** step) / deviation;
      }
    }
  };
}

async function learnerOf({ mode, parallel }: Case, tokenBudget: number) {
  const config = { ...document.config, use_parallel_residual: parallel };
  const lora = mode === "lora" ? { rank: 4, alpha: 8, targets, dropout: 0 } : null;
  const learner = await createLearner(
    { config, tensors: weights },
    { lora, seed: 0, threads: 1, tokenBudget },
  );
  if (lora) for (const { name, data } of learner.parameters) data.set(adapter.get(name)!.data);
  return learner;
}

describe.each(document.cases as Case[])("$name as in PyTorch", (each) => {
  const rows = examples(document[each.objective]);
  const reference = each.objective === "dpo" ? Float64Array.from(document.reference) : null;
  const objective = each.objective === "dpo" ? dpo({ beta: document.beta }) : sft();
  const learner = learnerOf(each, 40);
  afterAll(async () => (await learner).dispose());

  it("log-probabilities, loss and gradients", async () => {
    const { parameters, ...engine } = await learner;
    const { logProbs } = await engine.logProbs(rows);
    for (const [i, expected] of each.logProbs.entries()) {
      expect(Math.abs(logProbs[i]! - expected)).toBeLessThan(1e-5 * Math.abs(expected));
    }
    const into = parameters.map(({ data }) => new Float32Array(data.length));
    const result = await engine.gradient(rows, objective, reference, 1, into);
    expect(Math.abs(result.loss - each.losses[0]!)).toBeLessThan(1e-5 * each.losses[0]!);
    for (const [p, { name, shape }] of parameters.entries()) {
      const expected = gradients.get(`${each.name}/${name}`)!;
      expect(expected.shape, name).toEqual(shape);
      const difference = Math.hypot(...into[p]!.map((g, i) => g - expected.data[i]!));
      expect(difference, name).toBeLessThan(1e-4 * Math.hypot(...expected.data));
    }
    expect([...gradients.keys()].filter((key) => key.startsWith(`${each.name}/`))).toHaveLength(
      parameters.length,
    );
  });

  it("ten steps of Adam", async () => {
    const { parameters, ...engine } = await learner;
    const step = adam(document.adam.lr, document.adam.betas, document.adam.eps);
    for (const expected of each.losses) {
      const into = parameters.map(({ data }) => new Float32Array(data.length));
      const { loss } = await engine.gradient(rows, objective, reference, 1, into);
      expect(Math.abs(loss - expected)).toBeLessThan(1e-4 * expected);
      step(parameters.map(({ data }, p) => [data as Float32Array, into[p]!] as const));
    }
  });
});
