/** Values, gradients and ten Adam steps against PyTorch; make-fixtures.py says how its numbers were made. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { TensorData } from "../../src/checkpoints/checkpoint.ts";
import type { Example } from "../../src/data/examples.ts";
import { createLearner, type LoraOptions } from "../../src/engine/index.ts";
import { dpo, sft } from "../../src/objectives/index.ts";
import type { Values } from "../../src/tensor/index.ts";

interface Row {
  readonly prompt: number[];
  readonly responses: number[][];
}

interface Case {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** What the names of this case's weights begin with in their file. */
  readonly weights: string;
  readonly lora: LoraOptions | null;
  readonly objective: "sft" | "dpo";
  readonly logProbs: number[];
  readonly losses: number[];
}

interface Cases {
  readonly beta: number;
  readonly adam: { readonly lr: number; readonly betas: [number, number]; readonly eps: number };
  readonly sft: Row[];
  readonly dpo: Row[];
  readonly reference: number[];
  readonly cases: Case[];
}

type Tensors = ReadonlyMap<string, TensorData>;

/** Read by hand, so that a fault of our own reader can't hide here. */
function safetensors(file: Buffer): Tensors {
  const tensors = new Map<string, TensorData>();
  const start = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString("utf8", 8, start)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  for (const [name, { shape, data_offsets: at }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const bytes = new Uint8Array(file.subarray(start + at[0], start + at[1]));
    tensors.set(name, { shape, data: new Float32Array(bytes.buffer) });
  }
  return tensors;
}

const examples = (rows: Row[]): Example[] =>
  rows.map(({ prompt, responses }, row) => ({
    row,
    prompt: Int32Array.from(prompt),
    responses: responses.map((response) => Int32Array.from(response)),
  }));

/** torch.optim.Adam, without weight decay. */
function adam({ lr, betas: [beta1, beta2], eps }: Cases["adam"]) {
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
        const deviation = Math.sqrt(second[i]! / (1 - beta2 ** step)) + eps;
        data[i]! -= (lr * first[i]!) / (1 - beta1 ** step) / deviation;
      }
    }
  };
}

/** ‖found − expected‖ / ‖expected‖ */
function relativeDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (found[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

/**
 * Tests every case of a folder of fixtures.
 *
 * @param still tells elements of a parameter whose gradient is 0 in exact arithmetic. In float32 it is noise, which Adam
 * makes into steps that no two programs agree on: those elements are only checked for being noise.
 */
export function compareWithPyTorch(
  folder: string,
  still: (config: Case["config"], parameter: string, element: number) => boolean = () => false,
): void {
  const read = (name: string) => readFileSync(new URL(`${folder}/${name}`, import.meta.url));
  const document = JSON.parse(read("cases.json").toString()) as Cases;
  const [weights, adapter, gradients, updates] = ["weights", "adapter", "gradients", "updates"].map((name) =>
    safetensors(read(`${name}.safetensors`)),
  ) as [Tensors, Tensors, Tensors, Tensors];

  async function learnerOf({ config, lora, weights: prefix }: Case) {
    const own = [...weights].filter(([name]) => name.startsWith(prefix));
    const tensors = new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
    const learner = await createLearner({ config, tensors }, { lora, seed: 0, threads: 1, tokenBudget: 40 });
    if (lora) for (const { name, data } of learner.parameters) data.set(adapter.get(prefix + name)!.data);
    return learner;
  }

  describe.each(document.cases)("$name as in PyTorch", (each) => {
    const rows = examples(document[each.objective]);
    const reference = each.objective === "dpo" ? Float64Array.from(document.reference) : null;
    const objective = each.objective === "dpo" ? dpo({ beta: document.beta }) : sft();
    const learner = learnerOf(each);
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
        expect(relativeDifference(into[p]!, expected.data), name).toBeLessThan(1e-4);
        const noise = 1e-6 * Math.hypot(...expected.data);
        for (const [i, g] of into[p]!.entries()) {
          if (!still(each.config, name, i)) continue;
          expect(Math.abs(g), `${name}[${i}]`).toBeLessThan(noise);
          expect(Math.abs(expected.data[i]!), `${name}[${i}] in PyTorch`).toBeLessThan(noise);
        }
      }
      expect([...gradients.keys()].filter((key) => key.startsWith(`${each.name}/`))).toHaveLength(
        parameters.length,
      );
    });

    it("ten steps of Adam", async () => {
      const { parameters, ...engine } = await learner;
      const start = parameters.map(({ data }) => data.slice());
      const step = adam(document.adam);
      for (const [i, expected] of each.losses.entries()) {
        const into = parameters.map(({ data }) => new Float32Array(data.length));
        const { loss } = await engine.gradient(rows, objective, reference, 1, into);
        expect(Math.abs(loss - expected)).toBeLessThan(1e-4 * expected);
        if (i < each.losses.length - 1)
          step(parameters.map(({ data }, p) => [data as Float32Array, into[p]!] as const));
      }
      for (const [p, { name, data }] of parameters.entries()) {
        const moving = (values: Values) => values.filter((_, i) => !still(each.config, name, i));
        const update = moving(data.map((value, i) => value - start[p]![i]!));
        const expected = moving(updates.get(`${each.name}/${name}`)!.data);
        expect(relativeDifference(update, expected), name).toBeLessThan(1e-3);
      }
    });
  });
}
