/** Plain matrix multiplications as graphs of the tensor room: what the machine can do, to hold the engine against. */
import { createSession, type Feed } from "../../src/engine/session.ts";
import { constant, input, matmul, sum, type Tensor } from "../../src/tensor/index.ts";

/**
 * [m, k] by [k, n] with a constant (so prepacked) right side, and back by its transpose: the products of the benchmark's
 * layers at 1,024 tokens, of a block of its head, and a square.
 */
export const productShapes: readonly (readonly [m: number, k: number, n: number])[] = [
  [1024, 512, 1536],
  [1024, 512, 2048],
  [1024, 2048, 512],
  [1024, 512, 2016],
  [1024, 1024, 1024],
];

const PAIRS = 8;

export interface Products {
  readonly shape: readonly [m: number, k: number, n: number];
  readonly flops: number;
  run(): Promise<unknown>;
}

/** A graph of 16 products after one another, whose result is summed, so that hardly anything is copied out. */
export async function products(shape: Products["shape"], threads: number): Promise<Products> {
  const [m, k, n] = shape;
  const size = Math.sqrt(3 / Math.sqrt(k * n)); // keeps the values' size from product to product
  const right = constant(
    Float32Array.from({ length: k * n }, () => size * (2 * Math.random() - 1)),
    [k, n],
  );
  const left: Feed = {
    type: "float32",
    data: Float32Array.from({ length: m * k }, () => 2 * Math.random() - 1),
    shape: [m, k],
  };
  let x: Tensor = input("left", [m, k]);
  for (let pair = 0; pair < PAIRS; pair++) x = matmul(matmul(x, right), right, { transB: true });
  const session = await createSession({ total: sum(x, [0]) }, { threads });
  const feeds = new Map([["left", left]]);
  return { shape, flops: PAIRS * 2 * (2 * m * k * n), run: () => session.run(feeds) };
}
