import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError, loadModel, loadModelTokenizer, readGguf } from "../../src/checkpoints/index.ts";
import { Random } from "../../src/data/random.ts";
import { byteCharacters } from "../../src/text/bytes.ts";
import { TextError } from "../../src/text/index.ts";
import { type Entry, floats, ggufBytes } from "./gguf-bytes.ts";

/** A small Llama with a tokenizer, metadata of all types and tensors of several types. */
export function wholeFile(): Buffer {
  const tokens = ["<|end|>", ...byteCharacters, "ab", "abc"];
  const metadata: Record<string, Entry> = {
    "general.architecture": ["string", "llama"],
    "general.alignment": ["uint32", 32],
    "llama.context_length": ["uint32", 16],
    "llama.embedding_length": ["uint32", 32],
    "llama.block_count": ["uint32", 1],
    "llama.feed_forward_length": ["uint32", 32],
    "llama.attention.head_count": ["uint32", 2],
    "llama.attention.layer_norm_rms_epsilon": ["float32", 1e-6],
    "tokenizer.ggml.model": ["string", "gpt2"],
    "tokenizer.ggml.pre": ["string", "smollm"],
    "tokenizer.ggml.tokens": { of: "string", values: tokens },
    "tokenizer.ggml.token_type": { of: "int32", values: tokens.map((_, i) => (i === 0 ? 3 : 1)) },
    "tokenizer.ggml.merges": { of: "string", values: ["a b", "ab c"] },
    "tokenizer.ggml.eos_token_id": ["uint32", 0],
    "x.nested": {
      of: "array",
      values: [
        { of: "uint8", values: [1] },
        { of: "float64", values: [1] },
      ],
    },
    "x.int64": ["int64", -5n],
    "x.bool": ["bool", true],
  };
  const embedding = {
    name: "token_embd.weight",
    dimensions: [32, 2],
    type: 8,
    data: new Uint8Array(68).fill(7),
  };
  const query = {
    name: "blk.0.attn_q.weight",
    dimensions: [32, 32],
    type: 3,
    data: new Uint8Array(640).fill(9),
  };
  const norm = { name: "output_norm.weight", dimensions: [32], type: 0, data: floats(...Array(32).fill(1)) };
  const rope = { name: "rope_freqs.weight", dimensions: [8], type: 0, data: floats(...Array(8).fill(1)) };
  return ggufBytes({ metadata, tensors: [embedding, query, norm, rope] });
}

const extremes = [
  0n,
  1n,
  2n,
  31n,
  255n,
  65_536n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 60n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** One of: bits flipped, the end cut off, a number overwritten, bytes taken out or put in; sometimes several. */
function mutate(whole: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(whole);
  const within = () => random.integer(Math.max(1, bytes.length - 8));
  do {
    switch (random.integer(6)) {
      case 0:
        for (let i = random.integer(20); i >= 0; i--) bytes[within()]! ^= 1 << random.integer(8);
        break;
      case 1:
        bytes = Buffer.from(bytes.subarray(0, random.integer(bytes.length + 1)));
        break;
      case 2:
        if (bytes.length >= 8) bytes.writeBigUInt64LE(extremes[random.integer(extremes.length)]!, within());
        break;
      case 3:
        if (bytes.length >= 8) bytes.writeUInt32LE(random.integer(14), within());
        break;
      case 4: {
        const at = within();
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.integer(40))]);
        break;
      }
      default: {
        const at = within();
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(random.integer(40), at & 255),
          bytes.subarray(at),
        ]);
      }
    }
  } while (random.integer(4) === 0);
  return bytes;
}

/**
 * Reads damaged files: each ends well or in an error of its room, in little time and memory.
 *
 * @returns how many ended in which way
 */
export async function fuzzGguf(count: number, seed: number): Promise<Record<string, number>> {
  const random = new Random(seed);
  const directory = await mkdtemp(join(tmpdir(), "alright-gguf-fuzz-"));
  const file = join(directory, "model.gguf");
  const whole = wholeFile();
  const ends: Record<string, number> = {};
  try {
    for (let i = 0; i < count; i++) {
      await writeFile(file, mutate(whole, random));
      const started = performance.now();
      for (const read of [readGguf, loadModel, loadModelTokenizer]) {
        let end = `${read.name} reads it`;
        try {
          await read(file);
        } catch (error) {
          if (!(error instanceof CheckpointError) && !(error instanceof TextError)) {
            const what = `seed ${seed}, file ${i}, ${read.name}: ${(error as Error).stack}`;
            throw new Error(what);
          }
          if (!error.message.startsWith(file)) throw new Error(`${error.message} names no file`);
          end = `${read.name}: ${error.name}`;
        }
        ends[end] = (ends[end] ?? 0) + 1;
      }
      const took = performance.now() - started;
      if (took > 2000) throw new Error(`seed ${seed}, file ${i} took ${took} ms`);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return ends;
}
