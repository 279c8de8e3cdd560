import type { ModelCheckpoint, TensorData } from "../checkpoints/checkpoint.ts";
import { modelOf } from "./families.ts";
import { normal, seedOf, uniform } from "./random.ts";

/**
 * A checkpoint with random weights, as Hugging Face initialises it: matrices normal with deviation
 * `initializer_range` (0.02), biases 0, gains 1. Each tensor depends on `seed` and its name alone.
 */
export function initialise(config: Readonly<Record<string, unknown>>, seed: number): ModelCheckpoint {
  const deviation = Number(config.initializer_range ?? 0.02);
  const tensors = new Map<string, TensorData>();
  for (const [name, shape] of modelOf(config).shapes) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (shape.length > 1) {
      const draw = normal(uniform(seedOf(seed, name)));
      for (let i = 0; i < data.length; i++) data[i] = deviation * draw();
    } else if (name.endsWith(".weight")) data.fill(1);
    tensors.set(name, { shape, data });
  }
  return { config, tensors };
}
