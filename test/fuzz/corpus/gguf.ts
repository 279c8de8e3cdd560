import { readFileSync } from "node:fs";
import { join } from "node:path";
import { byteCharacters } from "../../../src/text/bytes.ts";
import { type Entry, floats, ggufBytes } from "../../checkpoints/gguf-bytes.ts";
import type { Example } from "../damage.ts";
import { fixtures } from "./tree.ts";

/** A small Llama with a tokenizer, metadata of all types and tensors of several types. */
function smallGguf(): Buffer {
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

/** That file, and whole models of both families as llama.cpp converts them. */
export function ggufExamples(): Example[] {
  const fixture = (name: string) => readFileSync(join(fixtures, name));
  return [
    smallGguf(),
    smallGguf(),
    fixture("gguf-types.gguf"),
    fixture("gguf-llama.gguf"),
    fixture("gguf-neox.gguf"),
  ].map((bytes) => ({ files: new Map([["model.gguf", bytes]]), damaged: ["model.gguf"] }));
}
