import { gemm, input, type Tensor } from "../tensor/index.ts";
import { ModelError, type Weights } from "./model.ts";

/** Weights of these names and shapes as graph inputs, so that every session reads the same buffers. */
export function weightInputs(shapes: ReadonlyMap<string, readonly number[]>): Weights {
  const inputs = new Map<string, Tensor>();
  const tensor = (name: string) => {
    const shape = shapes.get(name);
    if (!shape) throw new ModelError(`the model has no weight "${name}"`);
    const made = inputs.get(name) ?? input(name, shape);
    inputs.set(name, made);
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
