import { gemm, input, type Tensor } from "../tensor/index.ts";
import { type LanguageModel, ModelError, type Weights } from "./model.ts";

/** All weights as graph inputs under their checkpoint names, so that every session reads the same buffers. */
export function weightInputs(model: LanguageModel): Weights {
  const inputs = new Map<string, Tensor>();
  const tensor = (name: string) => {
    const shape = model.shapes.get(name);
    if (!shape) throw new ModelError(`the model has no weight "${name}"`);
    const made = inputs.get(name) ?? input(name, shape);
    inputs.set(name, made);
    return made;
  };
  return {
    tensor,
    linear(x, module) {
      const bias = `${module}.bias`;
      const plus = model.shapes.has(bias) ? { plus: tensor(bias) } : {};
      return gemm(x, tensor(`${module}.weight`), { transB: true, ...plus });
    },
  };
}
