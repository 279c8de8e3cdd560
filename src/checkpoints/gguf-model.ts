import { inFile, type ModelCheckpoint, type TensorData } from "./checkpoint.ts";
import { openGgufTensors, readGguf } from "./gguf.ts";
import { type GgufFamily, inOrder, type RowOrder } from "./gguf-family.ts";
import { ggufLlama } from "./gguf-llama.ts";
import { GgufMetadata } from "./gguf-metadata.ts";
import { ggufNeox } from "./gguf-neox.ts";

const families: Readonly<Record<string, GgufFamily>> = { llama: ggufLlama, gptneox: ggufNeox };

/**
 * Reads a GGUF file as a Hugging Face model: names, order of rows and config as transformers has them.
 *
 * @throws CheckpointError naming the file, and the key or tensor where there is one
 */
export async function loadGguf(file: string): Promise<ModelCheckpoint> {
  const { metadata: values, tensors } = await readGguf(file);
  return convert(new GgufMetadata(values, file), tensors);
}

/** As {@link loadGguf}, but the tensors stay in the file, in the types that it stores. */
export async function openGguf(file: string): Promise<ModelCheckpoint> {
  const { metadata, tensors } = await openGgufTensors(file);
  return convert(new GgufMetadata(metadata, file), tensors);
}

function convert(metadata: GgufMetadata, tensors: ReadonlyMap<string, TensorData>): ModelCheckpoint {
  const architecture = metadata.text("general.architecture");
  const family = Object.hasOwn(families, architecture) ? families[architecture] : undefined;
  if (!family)
    return metadata.fail(
      `is of architecture "${architecture}" (metadata "general.architecture"); supported: ${Object.keys(families).join(", ")}`,
    );
  const embedding = tensors.get("token_embd.weight");
  if (embedding?.shape.length !== 2)
    return metadata.fail(
      `tensor "token_embd.weight" ${embedding ? `has shape ${JSON.stringify(embedding.shape)}; expected [vocabulary, width]` : "is missing"}`,
    );
  const config: Record<string, unknown> = {
    ...family.config(metadata, tensors),
    vocab_size: embedding.shape[0],
    tie_word_embeddings: !tensors.has("output.weight"),
  };
  for (const [key, name] of [
    ["bos_token_id", "bos"],
    ["eos_token_id", "eos"],
    ["pad_token_id", "padding"],
  ] as const) {
    const id = metadata.token(`tokenizer.ggml.${name}_token_id`);
    if (id !== undefined) config[key] = id;
  }

  const renamed = new Map<string, TensorData>();
  for (const [name, tensor] of tensors) {
    if (family.positions.includes(name)) continue;
    const [, block, part, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
    const names = block === undefined ? family.outer : family.layer;
    const to = part !== undefined && Object.hasOwn(names, part) ? names[part] : undefined;
    if (part === undefined || to === undefined)
      return metadata.fail(`tensor "${name}" is no part of a model of architecture "${architecture}"`);
    if (block === undefined) renamed.set(`${to}.${kind}`, tensor);
    else
      renamed.set(
        `${family.layers}.${block}.${to}.${kind}`,
        ordered(name, tensor, family.order(part, config)),
      );
  }
  return { config, tensors: renamed };

  function ordered(name: string, tensor: TensorData, order: RowOrder | undefined): TensorData {
    if (!order) return tensor;
    if (tensor.shape[0] !== order.rows)
      metadata.fail(
        `tensor "${name}" has shape ${JSON.stringify(tensor.shape)}; the metadata asks for ${order.rows} rows`,
      );
    if (!tensor.stored) return inOrder(tensor, order);
    const { shape } = tensor;
    return inFile(shape, {
      read(from, into) {
        const { data } = inOrder({ shape, data: tensor.data }, order);
        into.set(data.subarray(from, from + into.length));
      },
    });
  }
}
