/**
 * LoRA (Hu et al. 2021) as PEFT has it: a linear layer gives W x + b + scale · B A x, with A [rank, in]
 * drawn from Kaiming's uniform distribution and B [out, rank] zero, so that training starts at the base model.
 */
import { gemm, input, masked, type Parameter, type Tensor } from "../tensor/index.ts";
import { type LanguageModel, ModelError, type Weights } from "./model.ts";
import { seedOf, uniform } from "./random.ts";
import { type Targets, targetedLayers } from "./targets.ts";

export interface LoraShape {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: Targets;
  readonly dropout: number;
  /** Rank-stabilised (Kalajdzievski 2023): alpha / √rank instead of alpha / rank. Default false. */
  readonly rslora?: boolean;
}

/** What B A x is multiplied by. */
export const loraScale = ({ rank, alpha, rslora = false }: Omit<LoraShape, "targets" | "dropout">): number =>
  alpha / (rslora ? Math.sqrt(rank) : rank);

/** One adapted linear layer: names as in PEFT's `adapter_model.safetensors`. */
export interface LoraLayer {
  readonly module: string;
  readonly nameA: string;
  readonly nameB: string;
  readonly inputs: number;
  readonly outputs: number;
}

/** The layers that an adapter applies to, in the order of the forward pass. */
export function loraLayers(model: LanguageModel, lora: LoraShape): LoraLayer[] {
  if (!Number.isSafeInteger(lora.rank) || lora.rank < 1) {
    throw new ModelError(`lora.rank is ${lora.rank}; expected a positive integer`);
  }
  if (!(lora.dropout >= 0 && lora.dropout < 1)) {
    throw new ModelError(`lora.dropout is ${lora.dropout}; expected a number in [0, 1)`);
  }
  return targetedLayers(model, lora.targets).map((module) => {
    const [outputs, inputs] = model.shapes.get(`${module}.weight`)!;
    const prefix = `base_model.model.${module}.lora_`;
    return {
      module,
      nameA: `${prefix}A.weight`,
      nameB: `${prefix}B.weight`,
      inputs: inputs!,
      outputs: outputs!,
    };
  });
}

/** Adapter arrays with their initial values: A uniform in ±1/√in (Kaiming with a = √5, PEFT's default), B zero. */
export function loraParameters(layers: readonly LoraLayer[], lora: LoraShape, seed: number): Parameter[] {
  return layers.flatMap(({ nameA, nameB, inputs, outputs }) => {
    const a = { name: nameA, shape: [lora.rank, inputs], data: new Float32Array(lora.rank * inputs) };
    const b = { name: nameB, shape: [outputs, lora.rank], data: new Float32Array(outputs * lora.rank) };
    resetLora(a, b, seed);
    return [a, b];
  });
}

export function resetLora(a: Parameter, b: Parameter, seed: number): void {
  const bound = 1 / Math.sqrt(a.shape[1]!);
  const random = uniform(seedOf(seed, a.name));
  for (let i = 0; i < a.data.length; i++) a.data[i] = bound * (2 * random() - 1);
  b.data.fill(0);
}

/** The graph input, [tokens, in], bool, that says what dropout leaves of the input of a layer's adapter. */
export const keptInput = (module: string) => `kept:${module}`;

/**
 * The base weights, with adapters on some linear layers; `tensors` has the adapters' arrays by name.
 *
 * @param training whether dropout acts: the graph then asks for each layer's `keptInput`
 */
export function withLora(
  base: Weights,
  layers: readonly LoraLayer[],
  lora: LoraShape,
  training = false,
): Weights & { readonly tensors: ReadonlyMap<string, Tensor> } {
  const tensors = new Map<string, Tensor>();
  const adapted = new Map(layers.map((layer) => [layer.module, layer]));
  for (const { nameA, nameB, inputs, outputs } of layers) {
    tensors.set(nameA, input(nameA, [lora.rank, inputs]));
    tensors.set(nameB, input(nameB, [outputs, lora.rank]));
  }
  const dropping = training && lora.dropout > 0;
  const kept = ({ module, inputs }: LoraLayer) => input(keptInput(module), ["tokens", inputs], "bool");
  return {
    tensors,
    tensor: (name) => base.tensor(name),
    linear(x, module) {
      const plain = base.linear(x, module); // [tokens, out]
      const layer = adapted.get(module);
      if (!layer) return plain;
      const a = tensors.get(layer.nameA)!;
      // Inverted dropout (Srivastava et al. 2014): what is kept is made larger, here by the product's factor.
      const low = dropping
        ? gemm(masked(x, kept(layer)), a, { transB: true, alpha: 1 / (1 - lora.dropout) })
        : gemm(x, a, { transB: true }); // [tokens, rank]
      return gemm(low, tensors.get(layer.nameB)!, { transB: true, alpha: loraScale(lora), plus: plain });
    },
  };
}

/** W + scale · B A, as a new array. */
export function mergedWeight(
  weight: Float32Array,
  a: Parameter,
  b: Parameter,
  lora: LoraShape,
): Float32Array {
  const [rank, inputs] = a.shape as [number, number];
  const scaling = loraScale(lora);
  const merged = Float32Array.from(weight);
  const row = new Float64Array(inputs);
  for (let out = 0; out < b.shape[0]!; out++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scaling * b.data[out * rank + r]!;
      if (factor === 0) continue;
      for (let i = 0; i < inputs; i++) row[i]! += factor * a.data[r * inputs + i]!;
    }
    for (let i = 0; i < inputs; i++) merged[out * inputs + i]! += row[i]!;
  }
  return merged;
}
