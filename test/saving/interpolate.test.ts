import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Adapter, loadAdapter } from "../../src/checkpoints/index.ts";
import { evaluate, interpolate, interpolations, type SpecificationInput } from "../../src/index.ts";
import { weightedSum } from "../../src/saving/index.ts";
import { trainHere } from "../training/in-process.ts";
import { writeTinyData, writeTinyModel } from "../training/tiny-model.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-interpolate-"));
const at = (name: string) => join(directory, name);
afterAll(() => rmSync(directory, { recursive: true }));

/** ΔW of a layer, in double precision. */
function update({ lora, tensors }: Pick<Adapter, "lora" | "tensors">, layer: string): number[] {
  const a = tensors.get(`${layer}.lora_A.weight`)!;
  const b = tensors.get(`${layer}.lora_B.weight`)!;
  const [rank, inputs] = a.shape as [number, number];
  const outputs = b.shape[0]!;
  const scale = lora.alpha / (lora.rslora ? Math.sqrt(rank) : rank);
  return Array.from({ length: outputs * inputs }, (_, i) => {
    const [row, column] = [Math.floor(i / inputs), i % inputs];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += b.data[row * rank + r]! * a.data[r * inputs + column]!;
    return scale * sum;
  });
}

function adapter(
  rank: number,
  alpha: number,
  layers: readonly string[],
  seed: number,
  rslora = false,
): Adapter {
  const wave = (length: number, phase: number) =>
    Float32Array.from({ length }, (_, i) => Math.sin(seed + phase + 1.7 * i));
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const [l, layer] of layers.entries()) {
    tensors.set(`${layer}.lora_A.weight`, { shape: [rank, 5], data: wave(5 * rank, l) });
    tensors.set(`${layer}.lora_B.weight`, { shape: [3, rank], data: wave(3 * rank, l + 0.5) });
  }
  return {
    lora: { rank, alpha, targets: ["x"], dropout: 0, ...(rslora ? { rslora } : {}) },
    base: "base",
    tensors,
  };
}

describe("the weighted sum of adapters", () => {
  const [q, k] = ["base_model.model.q", "base_model.model.k"] as const;

  test("is that of their updates, whatever their ranks and scales; a layer of one alone is its share", () => {
    const a = adapter(2, 8, [q, k], 1);
    const b = adapter(3, 4, [q], 2, true);
    const { lora, parameters } = weightedSum([
      { adapter: a, weight: 0.3 },
      { adapter: b, weight: 0.7 },
    ]);
    const sum = { lora, tensors: new Map(parameters.map((one) => [one.name, one])) } as unknown as Adapter;
    expect(lora).toEqual({ rank: 5, alpha: 5, targets: ["k", "q"], dropout: 0 });
    const [uq, vq] = [update(a, q), update(b, q)];
    for (const [i, value] of update(sum, q).entries())
      expect(Math.abs(value - (0.3 * uq[i]! + 0.7 * vq[i]!))).toBeLessThan(1e-6);
    for (const [i, value] of update(sum, k).entries())
      expect(Math.abs(value - 0.3 * update(a, k)[i]!)).toBeLessThan(1e-6);
  });

  test("the mean of the factors would be another update", () => {
    const [a, b] = [adapter(2, 2, [q], 1), adapter(2, 2, [q], 2)];
    const { lora, parameters } = weightedSum([a, b].map((one) => ({ adapter: one, weight: 0.5 })));
    const sum = { lora, tensors: new Map(parameters.map((one) => [one.name, one])) } as unknown as Adapter;
    const mean = new Map(
      [...a.tensors].map(([name, { shape, data }]) => {
        const other = b.tensors.get(name)!.data;
        return [name, { shape, data: data.map((value, i) => (value + other[i]!) / 2) }];
      }),
    ) as Adapter["tensors"];
    const apart = update(sum, q).map((value, i) =>
      Math.abs(value - update({ lora: a.lora, tensors: mean }, q)[i]!),
    );
    expect(Math.max(...apart)).toBeGreaterThan(0.1);
  });

  test("adapters of two models", () => {
    const wide = new Map(
      [...adapter(2, 2, [q], 1).tensors].map(([name, one]) => [name, { ...one, shape: [2, 7] }]),
    );
    const other = { ...adapter(2, 2, [q], 1), tensors: wide } as unknown as Adapter;
    expect(() =>
      weightedSum([adapter(2, 2, [q], 1), other].map((one) => ({ adapter: one, weight: 1 }))),
    ).toThrow("they are not of one model");
  });
});

describe("rewarded soups of two runs", () => {
  const runs = at("runs");
  let dpo: string;
  let sft: string;
  let full: string;

  beforeAll(async () => {
    await writeTinyModel(at("model"));
    const data = writeTinyData(at("data"));
    const trained = async (method: string, more: Partial<SpecificationInput> = {}) => {
      const { directory, ended } = await trainHere(
        {
          model: at("model"),
          data,
          method: { name: method },
          steps: 20,
          lora: { rank: 4, alpha: 8 },
          ideal: null,
          optimizer: { learningRate: 1e-2 },
          batchSize: { sft: 6, dpo: 4 },
          evaluation: { every: 20, fraction: 0.2 },
          threads: 1,
          ...more,
        },
        { runs },
      );
      expect(ended.error).toBeUndefined();
      return directory.path;
    };
    dpo = await trained("dpo");
    sft = await trained("sft", { lora: { rank: 2, alpha: 4 } });
    full = await trained("sft", { lora: null });
  });

  test("at 0 and 1 they are the runs themselves; between, both losses lie between or near", async () => {
    const found = await interpolations(dpo, sft, [0, 0.5, 1]);
    const ends = [await evaluate(dpo), await evaluate(dpo, { adapter: join(sft, "final") })];
    for (const [i, end] of [found[0]!, found[2]!].entries())
      for (const objective of ["dpo", "sft"] as const)
        expect(Math.abs(end.losses[objective]! - ends[i]!.losses[objective]!)).toBeLessThan(1e-5);
    const [left, middle, right] = found.map(({ losses }) => losses);
    expect(left!.dpo!).toBeLessThan(right!.dpo!);
    expect(right!.sft!).toBeLessThan(left!.sft!);
    expect(middle!.dpo!).toBeLessThan(right!.dpo!);
    expect(middle!.sft!).toBeLessThan(left!.sft!);
  });

  test("is written as a PEFT adapter of both ranks, and nothing is overwritten", async () => {
    const place = at("soup");
    expect(await interpolate(dpo, join(sft, "final"), 0.4, place)).toEqual({ directory: place, rank: 6 });
    expect(readdirSync(place).sort()).toEqual(["adapter_config.json", "adapter_model.safetensors"]);
    const [a, b, soup] = await Promise.all([join(dpo, "final"), join(sft, "final"), place].map(loadAdapter));
    const layer = [...soup!.tensors.keys()][0]!.replace(/\.lora_[AB]\.weight$/, "");
    const [u, v] = [update(a!, layer), update(b!, layer)];
    for (const [i, value] of update(soup!, layer).entries())
      expect(Math.abs(value - (0.6 * u[i]! + 0.4 * v[i]!))).toBeLessThan(1e-6);
    await expect(interpolate(dpo, sft, 0.4, place)).rejects.toThrow("is not empty");
    await expect(interpolate(dpo, full, 0.5, at("none"))).rejects.toThrow("trained all weights");
    await expect(interpolate(dpo, sft, Number.NaN, at("none"))).rejects.toThrow("weight is NaN");
  });
});
