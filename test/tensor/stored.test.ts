import { expect, it } from "vitest";
import { createSession } from "../../src/engine/session.ts";
import { encode, gemm, input, stored } from "../../src/tensor/index.ts";

it("a stored constant is beside the graph's bytes, and computes as any other", async () => {
  const data = Float32Array.from({ length: 40_000 }, (_, i) => (i % 7) - 3);
  const weight = stored("weight", [200, 200], data);
  const outputs = { y: gemm(input("x", ["rows", 200]), weight, { transB: true }) };
  const graph = encode(outputs);
  expect(graph.bytes.length).toBeLessThan(2000);
  expect([...graph.stored]).toEqual([["weight", data]]);
  expect([...graph.inputs.keys()]).toEqual(["x"]);
  const session = await createSession(outputs, { threads: 1 });
  const x = new Float32Array(200);
  x[3] = 2;
  const y = await session.run(new Map([["x", { type: "float32", data: x, shape: [1, 200] }]]));
  expect([...y.get("y")!]).toEqual(Array.from({ length: 200 }, (_, row) => 2 * data[200 * row + 3]!));
  await session.dispose();
});

it("a stored constant must fill its shape", () => {
  expect(() => stored("weight", [2, 3], new Float32Array(5))).toThrow(
    'stored "weight": 5 values do not fill [2, 3]',
  );
});
