/** Thrown where a graph is put together wrongly: shapes that do not fit, an operator without the derivative asked for. */
export class TensorError extends Error {
  override readonly name = "TensorError";
}

/**
 * A fixed size, or the name of one that is bound when the graph runs, such as `"tokens"`; also a multiple of such a
 * size, such as `"4·length"`.
 */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** Axis counted from the front; negative axes count from the back, as in ONNX. */
export function resolveAxis(axis: number, rank: number, operator: string): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= rank) {
    throw new TensorError(`${operator}: axis ${axis} is outside a tensor of rank ${rank}`);
  }
  return resolved;
}

/** How many times `size` goes into `dimension`, both as they are written: 4 for `4·length`. NaN: it is no multiple. */
export function multipleOf(dimension: Dimension, size: Dimension): number {
  if (dimension === size) return 1;
  if (typeof dimension === "number") return typeof size === "number" ? dimension / size : Number.NaN;
  const [count, rest] = dimension.split("·");
  return rest === size ? Number(count) : Number.NaN;
}

/** The shape of an elementwise operation: sizes are equal, or one of them is 1 or missing at the front. */
export function broadcastShape(a: Shape, b: Shape, operator: string): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new TensorError(
      `${operator}: ${formatShape(a)} and ${formatShape(b)} do not broadcast: axis ${axis} is ${left} and ${right}`,
    );
  });
}

/**
 * The ONNX Reshape input for `to`: sizes that stay where they are in `from` are copied (0), at most one other symbol
 * is inferred (−1).
 */
export function reshapeTarget(from: Shape, to: Shape): number[] {
  const count = (shape: Shape) => {
    const factors = shape.flatMap((dimension) => String(dimension).split("·"));
    const symbols = factors.filter((factor) => Number.isNaN(Number(factor))).sort();
    const numbers = factors.map(Number).filter((factor) => !Number.isNaN(factor));
    return `${symbols.join("·")}·${numbers.reduce((product, n) => product * n, 1)}`;
  };
  const target = to.map((dimension, axis) => {
    if (typeof dimension === "number") return dimension;
    return from[axis] === dimension ? 0 : -1;
  });
  if (count(from) !== count(to) || target.filter((size) => size === -1).length > 1) {
    throw new TensorError(`reshape: ${formatShape(from)} does not become ${formatShape(to)}`);
  }
  return target;
}
