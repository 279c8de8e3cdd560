import { gemm, input, stored, type Tensor } from "../tensor/index.ts";
import { ModelError, type Weights } from "./model.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

/** Weights of these names and shapes as graph inputs, so that every session reads the same buffers. */
export function weightInputs(shapes: Shapes): Weights {
  return weights(shapes, input);
}

/**
 * All weights as constants of the one session that reads them: onnxruntime then lays them out for its multiplications,
 * which for a single row is worth half of the time (bench/RESULTS.md).
 *
 * @param data a weight's numbers by its checkpoint name
 */
export function storedWeights(shapes: Shapes, data: (name: string) => Float32Array): Weights {
  return weights(shapes, (name, shape) => stored(name, shape, data(name)));
}

function weights(shapes: Shapes, make: (name: string, shape: readonly number[]) => Tensor): Weights {
  const known = new Map<string, Tensor>();
  const tensor = (name: string) => {
    const shape = shapes.get(name);
    if (!shape) throw new ModelError(`the model has no weight "${name}"`);
    const made = known.get(name) ?? make(name, shape);
    known.set(name, made);
    return made;
  };
  return {
    tensor,
    linear(x, module) {
      const bias = `${module}.bias`;
      const plus = shapes.has(bias) ? { plus: tensor(bias) } : {};
      return gemm(x, tensor(`${module}.weight`), { transB: true, ...plus });
    },
  };
}
