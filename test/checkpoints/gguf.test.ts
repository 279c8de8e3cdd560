import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CheckpointError, loadModel, readGguf, readGgufHeader } from "../../src/checkpoints/index.ts";
import { type Entry, floats, type GgufFile, ggufBytes, type List, text, u32, u64 } from "./gguf-bytes.ts";

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "alright-gguf-"));
  file = join(directory, "model.gguf");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const write = (of: GgufFile) => writeFile(file, ggufBytes(of));
const six = { name: "x", dimensions: [3, 2], type: 0, data: floats(1, 2, 3, 4, 5, 6) };

describe("what a GGUF file says is read", () => {
  test("metadata of every type", async () => {
    const metadata: Record<string, Entry> = {
      a: ["uint8", 255],
      b: ["int8", -1],
      c: ["uint16", 65535],
      d: ["int16", -2],
      e: ["uint32", 4294967295],
      f: ["int32", -3],
      g: ["float32", 0.5],
      h: ["bool", true],
      i: ["string", "naïve 🐳"],
      j: ["uint64", 12n],
      k: ["int64", -(2n ** 62n)],
      l: ["float64", 0.1],
      m: { of: "string", values: ["x", "", "y z"] },
      n: { of: "int32", values: [1, -1] },
      o: {
        of: "array",
        values: [{ of: "uint8", values: [1, 2] } satisfies List, { of: "bool", values: [] }],
      },
      p: { of: "float32", values: [] },
      q: { of: "uint64", values: [2n ** 63n] },
    };
    await write({ metadata });
    const read = await readGgufHeader(file);
    expect(Object.fromEntries(read.metadata)).toEqual({
      a: 255,
      b: -1,
      c: 65535,
      d: -2,
      e: 4294967295,
      f: -3,
      g: 0.5,
      h: true,
      i: "naïve 🐳",
      j: 12,
      k: -(2n ** 62n),
      l: 0.1,
      m: ["x", "", "y z"],
      n: Int32Array.of(1, -1),
      o: [Uint8Array.of(1, 2), new Uint8Array()],
      p: new Float32Array(),
      q: BigUint64Array.of(2n ** 63n),
    });
    expect(read.entries).toEqual([]);
  });

  test.each([2, 3])("tensors of version %i, in PyTorch's order of dimensions", async (version) => {
    await write({ version, tensors: [six, { ...six, name: "y", dimensions: [6] }] });
    const { tensors } = await readGguf(file);
    expect(tensors.get("x")).toEqual({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(tensors.get("y")).toEqual({ shape: [6], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  });

  test("another alignment", async () => {
    const metadata = { "general.alignment": ["uint32", 256] as const };
    await write({ metadata, alignment: 256, tensors: [six, { ...six, name: "y" }] });
    expect((await readGguf(file)).tensors.get("y")!.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect((await readGgufHeader(file)).entries.map(({ offset }) => offset % 256)).toEqual([0, 0]);
  });

  test("a header longer than what is read at a time", async () => {
    const long = Array.from({ length: 200_000 }, (_, i) => `token ${i}`);
    await write({ metadata: { tokens: { of: "string", values: long }, last: ["uint8", 7] }, tensors: [six] });
    const { metadata, tensors } = await readGguf(file);
    expect(metadata.get("tokens")).toEqual(long);
    expect(metadata.get("last")).toBe(7);
    expect(tensors.get("x")!.data[5]).toBe(6);
  });
});

describe("a damaged GGUF file is an error that names it", () => {
  const huge = 2n ** 60n;
  const head = (tensors: number | bigint, entries: number | bigint, ...rest: Buffer[]) =>
    Buffer.concat([Buffer.from("GGUF"), u32(3), u64(tensors), u64(entries), ...rest]);
  test.each<[string, Buffer, RegExp]>([
    ["empty", Buffer.alloc(0), /0 bytes; a GGUF file has at least 24/],
    [
      "another kind of file",
      Buffer.from("PK\u0003\u0004 and then something else"),
      /begins with "PK.*begins with "GGUF"/,
    ],
    ["version 1", ggufBytes({ version: 1 }), /is GGUF version 1; versions 2 and 3 are read/],
    ["big-endian", ggufBytes({ version: 3 << 24 }), /is a big-endian GGUF file/],
    [
      "2^60 tensors",
      head(huge, 0),
      /number of tensors is 1152921504606846976; the 8 bytes that are left hold 0 at most/,
    ],
    [
      "2^60 metadata entries",
      head(0, huge),
      /number of metadata entries is 1152921504606846976; the 0 bytes/,
    ],
    [
      "more tensors than bytes for them",
      ggufBytes({ tensorCount: 5, tensors: [six] }),
      /number of tensors is 5|ended within/,
    ],
    [
      "a key of 2^60 bytes",
      head(0, 1, u64(huge), Buffer.alloc(40)),
      /the length of the key of metadata entry 0 is 1152921504606846976; the 40 bytes/,
    ],
    [
      "a text past the end",
      head(0, 1, text("a"), u32(8), u64(100), Buffer.alloc(4)),
      /the length of metadata "a" is 100; the 4 bytes/,
    ],
    [
      "an unknown value type",
      head(0, 1, text("a"), u32(13), Buffer.alloc(8)),
      /metadata "a" has the value type 13; expected 0 to 12/,
    ],
    ["a bool of 2", ggufBytes({ metadata: { a: ["bool", 2] } }), /metadata "a" is a bool of value 2/],
    [
      "a list of 2^60 numbers",
      head(0, 1, text("a"), u32(9), u32(4), u64(huge)),
      /number of elements of metadata "a" is 1152921504606846976/,
    ],
    [
      "a list of 2^60 texts",
      head(0, 1, text("a"), u32(9), u32(8), u64(huge)),
      /number of elements of metadata "a" is 1152921504606846976/,
    ],
    [
      "lists within lists without end",
      head(0, 1, text("a"), u32(9), ...Array(50).fill(Buffer.concat([u32(9), u64(1)]))),
      /lists within lists, over 4 deep/,
    ],
    [
      "a key twice",
      ggufBytes({
        metadata: [
          ["a", ["uint8", 1]],
          ["a", ["uint8", 1]],
        ],
      }),
      /has the metadata key "a" twice/,
    ],
    [
      "an alignment of 0",
      ggufBytes({ metadata: { "general.alignment": ["uint32", 0] } }),
      /"general\.alignment" is 0; expected a power of two/,
    ],
    [
      "an alignment of 24",
      ggufBytes({ metadata: { "general.alignment": ["uint32", 24] } }),
      /"general\.alignment" is 24; expected a power of two/,
    ],
    ["a tensor twice", ggufBytes({ tensors: [six, six] }), /has the tensor "x" twice/],
    [
      "five dimensions",
      ggufBytes({ tensors: [{ ...six, dimensions: [1, 1, 1, 1, 6] }] }),
      /tensor "x" has 5 dimensions; expected at most 4/,
    ],
    [
      "a dimension of 0",
      ggufBytes({ tensors: [{ ...six, dimensions: [0, 6] }] }),
      /tensor "x" has a dimension of length 0/,
    ],
    [
      "a dimension of 2^63",
      ggufBytes({ tensors: [{ ...six, dimensions: [2n ** 63n] }] }),
      /dimension 0 of tensor "x" is 9223372036854775808/,
    ],
    [
      "dimensions whose product is 2^80",
      ggufBytes({ tensors: [{ ...six, dimensions: [2 ** 40, 2 ** 40] }] }),
      /tensor "x" has the dimensions .*: too many/,
    ],
    [
      "a type that is not read",
      ggufBytes({ tensors: [{ ...six, type: 10 }] }),
      /tensor "x" is of type Q2_K; F32, F16, Q4_0.* are read/,
    ],
    ["an unknown type", ggufBytes({ tensors: [{ ...six, type: 999 }] }), /tensor "x" is of type 999/],
    [
      "half a block",
      ggufBytes({ tensors: [{ ...six, dimensions: [48], type: 8 }] }),
      /tensor "x" has rows of 48 values; Q8_0 stores them in blocks of 32/,
    ],
    [
      "blocks across rows",
      ggufBytes({ tensors: [{ ...six, dimensions: [16, 2], type: 8 }] }),
      /tensor "x" has rows of 16 values/,
    ],
    [
      "an offset past the end",
      ggufBytes({ tensors: [{ ...six, offset: 1 << 20 }] }),
      /tensor "x" \(F32 \[2,3\]\) ends at byte \d+, but the file has \d+/,
    ],
    [
      "an offset of 2^64 − 32",
      ggufBytes({ tensors: [{ ...six, offset: 2n ** 64n - 32n }] }),
      /the offset of tensor "x" is 18446744073709551584/,
    ],
    [
      "an offset between two places",
      ggufBytes({ tensors: [{ ...six, offset: 4 }] }),
      /begins at byte 4 of the data; expected a multiple of 32/,
    ],
    [
      "two tensors at one place",
      ggufBytes({ tensors: [six, { ...six, name: "y", offset: 0 }] }),
      /tensor "y" overlaps tensor "x"/,
    ],
  ])("%s", async (_, bytes, message) => {
    await writeFile(file, bytes);
    await expect(readGguf(file)).rejects.toThrow(message);
    await expect(readGguf(file)).rejects.toThrow(CheckpointError);
    await expect(readGguf(file)).rejects.toThrow(/^.*model\.gguf: /);
  });

  test("cut anywhere", async () => {
    await write({
      metadata: { a: ["string", "text"], b: { of: "uint32", values: [1, 2, 3] } },
      tensors: [six],
    });
    const { length } = await readFile(file);
    // The last tensor is followed by 8 bytes of padding, which may be missing.
    for (let keep = length - 9; keep >= 0; keep--) {
      await truncate(file, keep);
      await expect(readGguf(file), `${keep} bytes`).rejects.toThrow(CheckpointError);
    }
  });

  test("not there", () => expect(readGguf(file)).rejects.toThrow(/model\.gguf: not found/));
});

describe("a GGUF file as a model", () => {
  const llama: Record<string, Entry> = {
    "general.architecture": ["string", "llama"],
    "llama.context_length": ["uint32", 16],
    "llama.embedding_length": ["uint32", 4],
    "llama.block_count": ["uint32", 1],
    "llama.feed_forward_length": ["uint32", 4],
    "llama.attention.head_count": ["uint32", 2],
    "llama.attention.layer_norm_rms_epsilon": ["float32", 1e-6],
    "llama.rope.freq_base": ["float32", 10000],
  };
  const tensor = (name: string, ...dimensions: number[]) => {
    const count = dimensions.reduce((a, b) => a * b);
    return { name, dimensions, type: 0, data: floats(...Array.from({ length: count }, (_, i) => i)) };
  };
  const embedding = tensor("token_embd.weight", 4, 3);

  test("has a config as Hugging Face's; floats are the shortest decimals that round to them", async () => {
    await write({ metadata: llama, tensors: [embedding] });
    const { config, tensors } = await loadModel(file);
    expect(config).toMatchObject({
      model_type: "llama",
      hidden_size: 4,
      num_key_value_heads: 2,
      head_dim: 2,
      rms_norm_eps: 1e-6,
      rope_theta: 10000,
      vocab_size: 3,
      tie_word_embeddings: true,
    });
    expect([...tensors.keys()]).toEqual(["model.embed_tokens.weight"]);
  });

  test("with a head of its own is not tied", async () => {
    await write({ metadata: llama, tensors: [embedding, tensor("output.weight", 4, 3)] });
    const { config, tensors } = await loadModel(file);
    expect(config.tie_word_embeddings).toBe(false);
    expect(tensors.has("lm_head.weight")).toBe(true);
  });

  test("query and key rows come from pairs to halves, each head for itself", async () => {
    const metadata = {
      ...llama,
      "llama.embedding_length": ["uint32", 16],
      "llama.attention.head_count_kv": ["uint32", 1],
    } as const;
    const wide = tensor("token_embd.weight", 16, 3);
    const q = { ...tensor("blk.0.attn_q.bias", 16) };
    const k = { ...tensor("blk.0.attn_k.bias", 8) };
    const biases = [tensor("blk.0.attn_v.bias", 8), tensor("blk.0.attn_output.bias", 16)];
    await write({ metadata, tensors: [wide, q, k, ...biases] });
    const { config, tensors } = await loadModel(file);
    expect(config.attention_bias).toBe(true);
    const head = [0, 2, 4, 6, 1, 3, 5, 7];
    const at = (name: string) => [...tensors.get(`model.layers.0.self_attn.${name}_proj.bias`)!.data];
    expect(at("q")).toEqual([...head, ...head.map((i) => i + 8)]);
    expect(at("k")).toEqual(head);
    expect(at("v")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test.each<[string, Partial<Record<string, Entry>>, GgufFile["tensors"], RegExp]>([
    [
      "of another architecture",
      { "general.architecture": ["string", "mamba"] },
      [embedding],
      /architecture "mamba".*supported: llama, gptneox/,
    ],
    [
      "of an architecture named like an object's method",
      { "general.architecture": ["string", "toString"] },
      [embedding],
      /architecture "toString"/,
    ],
    ["without embeddings", {}, [], /"token_embd\.weight" is missing/],
    [
      "with a tensor that is no part of it",
      {},
      [embedding, tensor("blk.0.ssm_a", 4)],
      /tensor "blk\.0\.ssm_a" is no part/,
    ],
    [
      "with a wrong type of value",
      { "llama.block_count": ["string", "1"] },
      [embedding],
      /"llama\.block_count" is "1"; expected a positive integer/,
    ],
    [
      "with one head count a layer",
      { "llama.attention.head_count": { of: "uint32", values: [2, 2] } },
      [embedding],
      /"llama\.attention\.head_count" is a list of 2; expected a positive integer/,
    ],
    [
      "whose width is no multiple of its heads",
      { "llama.attention.head_count": ["uint32", 3] },
      [embedding],
      /heads of 4 \/ 3 numbers/,
    ],
    ["with experts", { "llama.expert_count": ["uint32", 8] }, [embedding], /mixtures of experts/],
    [
      "with rows that do not fit",
      {},
      [embedding, tensor("blk.0.attn_q.weight", 4, 6)],
      /tensor "blk\.0\.attn_q\.weight" has shape \[6,4\]; the metadata asks for 4 rows/,
    ],
    [
      "with positions scaled in an unknown way",
      { "llama.rope.scaling.type": ["string", "yarn"] },
      [embedding],
      /positions are scaled by "yarn"/,
    ],
    [
      "with factors of positions that follow no rule",
      {},
      [embedding, tensor("rope_freqs.weight", 1)],
      /"rope_freqs\.weight" does not follow Llama 3's rule/,
    ],
    [
      "with heads that turn in part",
      { "llama.rope.dimension_count": ["uint32", 1] },
      [embedding],
      /"llama\.rope\.dimension_count" is 1/,
    ],
    ["with some biases", {}, [embedding, tensor("blk.0.attn_q.bias", 4)], /has biases on attn_q alone/],
  ])("%s is an error", async (_, change, tensors, message) => {
    await write({ metadata: { ...llama, ...change } as Record<string, Entry>, tensors: tensors ?? [] });
    await expect(loadModel(file)).rejects.toThrow(message);
    await expect(loadModel(file)).rejects.toThrow(CheckpointError);
  });

  test("linear scaling of positions is taken over", async () => {
    const scaling: Record<string, Entry> = {
      "llama.rope.scaling.type": ["string", "linear"],
      "llama.rope.scaling.factor": ["float32", 4],
    };
    await write({ metadata: { ...llama, ...scaling }, tensors: [embedding] });
    expect((await loadModel(file)).config.rope_scaling).toEqual({ rope_type: "linear", factor: 4 });
  });

  test.each([
    [8, 1, 4, 8192],
    [32, 1, 4, 8192],
    [4, 2, 8, 8192],
    [16, 1, 4, 4096],
  ])(
    "Llama 3's scaling follows from factors made with factor %d, bounds %d and %d, context %d",
    async (factor, low, high, context) => {
      const base = 500_000;
      const factors = Array.from({ length: 32 }, (_, i) => {
        const wavelength = 2 * Math.PI * base ** ((2 * i) / 64);
        if (wavelength < context / high) return 1;
        if (wavelength > context / low) return factor;
        const s = (context / wavelength - low) / (high - low);
        return 1 / ((1 - s) / factor + s);
      });
      const metadata = {
        ...llama,
        "llama.attention.key_length": ["uint32", 64],
        "llama.rope.freq_base": ["float32", base],
      } as const;
      const freqs = { name: "rope_freqs.weight", dimensions: [32], type: 0, data: floats(...factors) };
      await write({ metadata, tensors: [embedding, freqs] });
      // The bounds have the unit of the context: 4096 with 1 and 4 is 8192 with 2 and 8.
      expect((await loadModel(file)).config.rope_scaling).toEqual({
        rope_type: "llama3",
        factor,
        low_freq_factor: (low * 8192) / context,
        high_freq_factor: (high * 8192) / context,
        original_max_position_embeddings: 8192,
      });
    },
  );

  test("of a directory, it is named where there are no other weights", async () => {
    await write({ metadata: llama, tensors: [embedding] });
    await expect(loadModel(directory)).rejects.toThrow(`give its own path: ${file}`);
  });
});
