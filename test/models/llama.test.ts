import { describe, expect, it } from "vitest";
import { initialise, modelOf } from "../../src/models/index.ts";

/** SmolLM2-135M's config.json, without what says nothing of the model. */
const smolLM2 = {
  model_type: "llama",
  attention_bias: false,
  head_dim: 64,
  hidden_act: "silu",
  hidden_size: 576,
  intermediate_size: 1536,
  max_position_embeddings: 8192,
  mlp_bias: false,
  num_attention_heads: 9,
  num_hidden_layers: 30,
  num_key_value_heads: 3,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  rope_theta: 100000,
  tie_word_embeddings: true,
  vocab_size: 49152,
};

const parameters = (config: object) =>
  [...modelOf({ model_type: "llama", ...config }).shapes.values()].reduce(
    (sum, shape) => sum + shape.reduce((product, n) => product * n, 1),
    0,
  );

describe("a Llama", () => {
  it("has as many parameters as its makers say", () => {
    expect(parameters(smolLM2)).toBe(134_515_008);
    const tinyLlama = { ...smolLM2, head_dim: undefined, tie_word_embeddings: false, vocab_size: 32000 };
    const sizes = { hidden_size: 2048, intermediate_size: 5632, num_hidden_layers: 22 };
    const heads = { num_attention_heads: 32, num_key_value_heads: 4 };
    expect(parameters({ ...tinyLlama, ...sizes, ...heads })).toBe(1_100_048_384);
    // Llama 3.2 1B
    const large = { hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 16, vocab_size: 128256 };
    expect(parameters({ ...smolLM2, ...large, num_attention_heads: 32, num_key_value_heads: 8 })).toBe(
      1_235_814_400,
    );
  });

  it("has no head of its own where it is tied", () => {
    expect(modelOf(smolLM2).shapes.has("lm_head.weight")).toBe(false);
    expect(modelOf(smolLM2).head).toBe("model.embed_tokens.weight");
    const { tensors } = initialise({ ...smolLM2, num_hidden_layers: 1, vocab_size: 10 }, 1);
    expect([...tensors.get("model.norm.weight")!.data.slice(0, 2)]).toEqual([1, 1]);
  });

  it("has one key head per query head unless told otherwise", () => {
    const { shapes } = modelOf({ ...smolLM2, num_key_value_heads: undefined });
    expect(shapes.get("model.layers.0.self_attn.k_proj.weight")).toEqual([576, 576]);
  });

  it.each([
    [{ num_key_value_heads: 4 }, "num_attention_heads 9 is not a multiple of num_key_value_heads 4"],
    [{ hidden_act: "relu" }, '"hidden_act" is "relu"; expected one of silu'],
    [{ head_dim: 63 }, "heads of 63 numbers do not turn in pairs"],
    [{ head_dim: null, hidden_size: 500 }, "hidden_size 500 is not a multiple of num_attention_heads 9"],
    [
      { rope_scaling: { type: "dynamic", factor: 2 } },
      '"rope_scaling.type" is "dynamic"; expected one of default, linear, llama3',
    ],
    [
      { rope_parameters: { rope_type: "linear", rope_theta: 1e4 } },
      '"rope_parameters.factor" is undefined; expected a number',
    ],
    [
      { rope_parameters: { rope_type: "default", rope_theta: 1e4, partial_rotary_factor: 0.5 } },
      "partial_rotary_factor is 0.5",
    ],
  ])("says what it cannot make of %j", (change, message) => {
    expect(() => modelOf({ ...smolLM2, ...change })).toThrow(message);
  });
});

describe("rotary frequencies", () => {
  const frequencies = (config: object) => modelOf({ ...smolLM2, ...config }).frequencies;
  const plain = frequencies({});

  it("are θ^(−2i/d)", () => {
    expect(plain).toHaveLength(32);
    for (const [i, frequency] of plain.entries()) {
      expect(frequency / 100000 ** (-i / 32)).toBeCloseTo(1, 6);
    }
  });

  it("are divided by the factor of linear scaling", () => {
    const scaled = frequencies({ rope_scaling: { type: "linear", factor: 4 } });
    expect(scaled).toEqual(plain.map((frequency) => frequency / 4));
  });

  it("are kept, mixed and divided by llama3's, under either name", () => {
    const scaling = { factor: 32, low_freq_factor: 1, high_freq_factor: 4 };
    const llama3 = { ...scaling, rope_type: "llama3", original_max_position_embeddings: 8192 };
    const scaled = frequencies({ rope_scaling: llama3 });
    const nested = { rope_parameters: { ...llama3, rope_theta: 100000 }, rope_theta: undefined };
    expect(frequencies(nested)).toEqual(scaled);
    const turns = (i: number) => (8192 * plain[i]!) / (2 * Math.PI);
    const kinds = { kept: 0, mixed: 0, divided: 0 };
    for (const [i, frequency] of scaled.entries()) {
      const ratio = frequency / plain[i]!;
      if (turns(i) > 4) {
        kinds.kept++;
        expect(ratio).toBe(1);
      } else if (turns(i) < 1) {
        kinds.divided++;
        expect(ratio).toBeCloseTo(1 / 32, 8);
      } else {
        kinds.mixed++;
        const share = (turns(i) - 1) / 3;
        expect(ratio).toBeCloseTo(share + (1 - share) / 32, 6);
      }
    }
    expect(Math.min(...Object.values(kinds))).toBeGreaterThan(0);
  });
});
