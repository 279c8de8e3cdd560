import { afterEach, describe, expect, it, vi } from "vitest";
import { memoryOfPlans, planMemory } from "../../src/engine/memory.ts";
import { modelOf } from "../../src/models/index.ts";

/** The shape of Pythia-1b. */
const pythia = modelOf({
  model_type: "gpt_neox",
  hidden_size: 2048,
  num_hidden_layers: 16,
  num_attention_heads: 8,
  intermediate_size: 8192,
  vocab_size: 50_304,
});
const lora = { rank: 32, alpha: 32, targets: ["query_key_value"], dropout: 0 };
const rows = { longest: 512, batchTokens: 3700 };
const weights = 4 * 1.012e9;

afterEach(() => vi.unstubAllEnvs());

describe("memory", () => {
  it("is more in one graph than layer by layer, and least where weights stay in their files", () => {
    const { whole, blockwise, streamed } = memoryOfPlans({ model: pythia, lora, ...rows });
    expect(whole).toBeGreaterThan(blockwise);
    expect(blockwise).toBeGreaterThan(weights);
    expect(blockwise).toBeLessThan(weights + 1.4e9);
    expect(streamed).toBeLessThan(2e9);
  });

  it("decides the plan: the fastest that fits", () => {
    const of = (memory: number) => planMemory({ model: pythia, lora, memory, ...rows });
    expect(of(64e9)).toMatchObject({ plan: "whole", kept: true });
    expect(of(5.5e9)).toMatchObject({ plan: "blockwise", kept: true });
    expect(of(2e9)).toMatchObject({ plan: "blockwise", kept: false });
    expect(of(5.5e9).reason).toMatch(
      /^layer by layer, weights in memory: about [45]\.\d GB of the 5\.5 GB that it may use; in one graph it would take \d+\.\d GB$/,
    );
    expect(of(1e8).reason).toMatch(
      /^layer by layer, weights read from their files, the leanest way: about 1\.\d GB, but there are only 100 MB that it may use$/,
    );
  });

  it("never streams weights that are trained", () => {
    const plan = planMemory({ model: pythia, lora: null, memory: 1e8, ...rows });
    expect(plan).toMatchObject({ plan: "blockwise", kept: true });
    expect(plan.bytes).toBeGreaterThan(3 * weights);
  });

  it("is what is free where nothing is said", () => {
    const plan = planMemory({ model: pythia, lora, memory: null, ...rows });
    expect(plan.available).toBeGreaterThan(1e8);
    expect(plan.reason).toContain("of free memory");
  });

  it("is at most what ALRIGHT_MEMORY allows, whatever is asked for", () => {
    vi.stubEnv("ALRIGHT_MEMORY", "2GB");
    const plan = planMemory({ model: pythia, lora, memory: 64e9, ...rows });
    expect(plan).toMatchObject({ plan: "blockwise", kept: false, available: 2e9 });
    expect(plan.reason).toContain("of the 2.0 GB that ALRIGHT_MEMORY allows");
    expect(planMemory({ model: pythia, lora, memory: 1e9, ...rows }).available).toBe(1e9);
  });
});
