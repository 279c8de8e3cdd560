import { reachable } from "./onnx.ts";
import { add, scale } from "./operators/elementwise.ts";
import { formatShape, sameShape, TensorError } from "./shape.ts";
import type { Node, Tensor } from "./tensor.ts";

/** A value and the gradient of the loss with respect to it, where the backward pass starts. */
export interface Seed {
  readonly of: Tensor;
  readonly gradient: Tensor;
}

/**
 * Reverse mode: the gradients of a loss with respect to `wanted`, given its gradients with respect to the seeds.
 * Only what lies between `wanted` and the seeds is differentiated; frozen parts below cost nothing.
 */
export function differentiate(seeds: readonly Seed[], wanted: readonly Tensor[]): Tensor[] {
  const order = reachable(seeds.map((seed) => seed.of));
  const active = new Set<Tensor>(wanted);
  for (const tensor of order) {
    if (tensor.source.kind === "node" && tensor.source.node.inputs.some((input) => active.has(input))) {
      active.add(tensor);
    }
  }
  const gradients = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, gradient: Tensor, from: string) => {
    if (!sameShape(tensor.shape, gradient.shape)) {
      throw new TensorError(
        `${from}: a gradient of shape ${formatShape(gradient.shape)} for a value of ${formatShape(tensor.shape)}`,
      );
    }
    const known = gradients.get(tensor);
    gradients.set(tensor, known ? add(known, gradient) : gradient);
  };
  for (const seed of seeds) if (active.has(seed.of)) accumulate(seed.of, seed.gradient, "seed");

  const finished = new Set<Node>();
  for (const tensor of order.reverse()) {
    // A wanted value is a leaf here even if the graph computes it: nothing above it in `order` is left to add.
    if (tensor.source.kind !== "node" || !active.has(tensor)) continue;
    const { node } = tensor.source;
    if (finished.has(node) || !node.inputs.some((input) => active.has(input))) continue;
    finished.add(node);
    const arrived = node.outputs.map((output) => gradients.get(output) ?? null);
    if (arrived.every((gradient) => gradient === null)) continue;
    if (!node.operator.derivative) throw new TensorError(`${node.operator.name} has no derivative`);
    const results = node.operator.derivative({ ...node, gradients: arrived });
    for (const [index, input] of node.inputs.entries()) {
      if (!active.has(input)) continue;
      const gradient = results[index];
      if (!gradient) throw new TensorError(`${node.operator.name} has no derivative for its input ${index}`);
      accumulate(input, gradient, node.operator.name);
    }
  }
  return wanted.map((tensor) => gradients.get(tensor) ?? scale(tensor, 0));
}
