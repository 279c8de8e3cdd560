/** Each operator: its value against plain float64 arithmetic, its derivative against that arithmetic's finite differences. */
import { describe, expect, it } from "vitest";
import { createSession, type Feed } from "../../src/engine/session.ts";
import { normal, uniform } from "../../src/models/random.ts";
import * as t from "../../src/tensor/index.ts";
import { randomSeed } from "../seed.ts";
import { build, erf, get, map, type NdArray, size, softmaxRows, sumOver } from "./reference.ts";

const seed = randomSeed();
const random = uniform(seed);
const draw = normal(random);

interface Case {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  /** Inputs are differentiated with respect to, all or only the first ones. */
  readonly differentiable?: number;
  readonly positive?: boolean;
  readonly indices?: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  readonly int64?: boolean;
  graph(inputs: readonly t.Tensor[], indices: readonly t.Tensor[]): t.Tensor;
  reference(inputs: readonly NdArray[]): NdArray;
}

const unary = (
  name: string,
  graph: (x: t.Tensor) => t.Tensor,
  f: (x: number) => number,
  positive = false,
): Case => ({
  name,
  shapes: [[3, 5]],
  positive,
  graph: ([x]) => graph(x!),
  reference: ([x]) => map(x!, f),
});

const binary = (
  name: string,
  graph: (a: t.Tensor, b: t.Tensor) => t.Tensor,
  f: (a: number, b: number) => number,
): Case[] =>
  [
    [
      [2, 3, 4],
      [2, 3, 4],
      [2, 3, 4],
    ],
    [[2, 3, 4], [4], [2, 3, 4]],
    [
      [2, 1, 4],
      [3, 1],
      [2, 3, 4],
    ],
    [[], [2, 3], [2, 3]],
  ].map(([a, b, out]) => ({
    name: `${name} [${a}] [${b}]`,
    shapes: [a!, b!],
    positive: name === "divide",
    graph: ([x, y]) => graph(x!, y!),
    reference: ([x, y]) => build(out!, (...at) => f(get(x!, ...at), get(y!, ...at))),
  }));

const products: Case[] = [];
for (const transA of [false, true]) {
  for (const transB of [false, true]) {
    const a = transA ? [4, 3] : [3, 4];
    const b = transB ? [5, 4] : [4, 5];
    const product = (x: NdArray, y: NdArray, alpha: number, ...at: number[]) => {
      const [i, j] = at.slice(-2) as [number, number];
      const batch = at.slice(0, -2);
      const left = (k: number) => get(x, ...batch, ...(transA ? [k, i] : [i, k]));
      const right = (k: number) => get(y, ...batch, ...(transB ? [j, k] : [k, j]));
      return alpha * sumOver(4, (k) => left(k) * right(k));
    };
    const marks = `${transA ? "aᵀ" : "a"} ${transB ? "bᵀ" : "b"}`;
    products.push({
      name: `matmul ${marks}`,
      shapes: [
        [2, 3, ...a],
        [2, 3, ...b],
      ],
      graph: ([x, y]) => t.matmul(x!, y!, { transA, transB, alpha: 0.7 }),
      reference: ([x, y]) => build([2, 3, 3, 5], (...at) => product(x!, y!, 0.7, ...at)),
    });
    for (const plus of [null, [5], [3, 5]]) {
      products.push({
        name: `gemm ${marks} + [${plus ?? "none"}]`,
        shapes: plus ? [a, b, plus] : [a, b],
        graph: ([x, y, c]) => t.gemm(x!, y!, { transA, transB, alpha: 1.3, ...(c ? { plus: c } : {}) }),
        reference: ([x, y, c]) =>
          build([3, 5], (...at) => product(x!, y!, 1.3, ...at) + (c ? get(c, ...at) : 0)),
      });
    }
  }
}

/** Two heads over two rows of 3; of each row `group` texts have the same positions. */
const rotaryCase = (half: number, group = 1): Case => ({
  name: `rotary, ${2 * half} of 6, ${group} for each position`,
  shapes: [
    [2, 2, 3 * group, 6],
    [3, half],
    [3, half],
  ],
  differentiable: 1,
  indices: [{ shape: [2, 3], data: [0, 1, 2, 0, 0, 1] }],
  int64: true,
  graph: ([x, cos, sin], [positions]) => t.rotary(x!, positions!, cos!, sin!),
  reference: ([x, cos, sin]) =>
    build([2, 2, 3 * group, 6], (head, row, column, i) => {
      if (i >= 2 * half) return get(x!, head, row, column, i);
      const position = [0, 1, 2, 0, 0, 1][3 * row + (column % 3)]!;
      const at = i % half;
      const own = get(x!, head, row, column, i) * get(cos!, position, at);
      const other = get(x!, head, row, column, i < half ? i + half : i - half) * get(sin!, position, at);
      return i < half ? own - other : own + other;
    }),
});

/** Attention of two key heads over two rows of 3, with any numbers for the mask. */
const attend = (group: number): Case => ({
  name: `attend, ${group} heads for each key head`,
  shapes: [
    [2, 2, group * 3, 4],
    [2, 2, 3, 4],
    [2, 2, 3, 4],
    [2, 1, 3, 3],
  ],
  differentiable: 3,
  graph: ([q, k, v, mask]) => t.attend(q!, k!, v!, mask!, 0.7),
  reference([q, k, v, mask]) {
    const scores = build([2, 2, group * 3, 3], (h, r, i, j) => {
      const product = sumOver(4, (d) => get(q!, h!, r!, i!, d) * get(k!, h!, r!, j!, d));
      return 0.7 * product + get(mask!, r!, 0, i! % 3, j!);
    });
    const p = softmaxRows(scores);
    return build([2, 2, group * 3, 4], (h, r, i, d) =>
      sumOver(3, (j) => get(p, h!, r!, i!, j) * get(v!, h!, r!, j, d!)),
    );
  },
});

const cases: Case[] = [
  {
    name: "flatten and unflatten",
    shapes: [
      [6, 3],
      [2, 3],
    ],
    differentiable: 1,
    graph: ([x, like]) => t.unflatten(t.flatten(t.unflatten(t.reshape(x!, ["2·3", 3]), like!)), like!),
    reference: ([x]) => build([2, 3, 3], (i, j, k) => get(x!, 3 * i! + j!, k!)),
  },
  attend(1),
  attend(3),
  ...binary("add", t.add, (a, b) => a + b),
  ...binary("subtract", t.subtract, (a, b) => a - b),
  ...binary("multiply", t.multiply, (a, b) => a * b),
  ...binary("divide", t.divide, (a, b) => a / b),
  unary(
    "affine",
    (x) => t.affine(x, -2.5, 0.5),
    (x) => -2.5 * x + 0.5,
  ),
  unary(
    "affine, offset only",
    (x) => t.affine(x, 1, 0.5),
    (x) => x + 0.5,
  ),
  unary(
    "scale",
    (x) => t.scale(x, 3),
    (x) => 3 * x,
  ),
  unary("exp", t.exp, Math.exp),
  unary("log", t.log, Math.log, true),
  unary("tanh", t.tanh, Math.tanh),
  unary("positive", t.positive, (x) => (x > 0 ? 1 : 0)),
  unary("sigmoid", t.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  unary("erf", t.erf, erf),
  unary("gelu", t.gelu, (x) => (x / 2) * (1 + erf(x / Math.SQRT2))),
  unary(
    "fastGelu",
    t.fastGelu,
    (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ),
  unary("silu", t.silu, (x) => x / (1 + Math.exp(-x))),
  {
    name: "sum, axes kept",
    shapes: [[2, 3, 4]],
    graph: ([x]) => t.sum(x!, [0, 2], true),
    reference: ([x]) => build([1, 3, 1], (_, j) => sumOver(2, (i) => sumOver(4, (k) => get(x!, i, j!, k)))),
  },
  {
    name: "sum, axes dropped",
    shapes: [[2, 3, 4]],
    graph: ([x]) => t.sum(x!, [0, -1]),
    reference: ([x]) => build([3], (j) => sumOver(2, (i) => sumOver(4, (k) => get(x!, i, j!, k)))),
  },
  {
    name: "meanLast",
    shapes: [[2, 3, 4]],
    graph: ([x]) => t.meanLast(x!),
    reference: ([x]) => build([2, 3, 1], (i, j) => sumOver(4, (k) => get(x!, i!, j!, k)) / 4),
  },
  {
    name: "expandLike",
    shapes: [
      [3, 1],
      [2, 3, 4],
    ],
    differentiable: 1,
    graph: ([x, like]) => t.expandLike(x!, like!, [0]),
    reference: ([x]) => build([2, 3, 4], (_, j) => get(x!, j!, 0)),
  },
  {
    name: "reshape",
    shapes: [[2, 3, 4]],
    graph: ([x]) => t.reshape(x!, [6, 2, 2]),
    reference: ([x]) => ({ shape: [6, 2, 2], data: x!.data }),
  },
  {
    name: "transpose",
    shapes: [[2, 3, 4]],
    graph: ([x]) => t.transpose(x!, [1, 2, 0]),
    reference: ([x]) => build([3, 4, 2], (i, j, k) => get(x!, k!, i!, j!)),
  },
  {
    name: "permuteRows, one source split and joined again",
    shapes: [[4, 6]],
    indices: [
      { shape: [2, 2], data: [3, 1, 0, 6] },
      { shape: [4], data: [2, 5, 7, 4] },
      { shape: [4, 2], data: [2, 1, 4, 0, 7, 5, 3, 6] },
    ],
    graph: ([x], [first, second, inverse]) => {
      const [a, b] = t.permuteRows([x!], [first!, second!], [inverse!], 3);
      return t.add(t.reshape(a!, [4, 3]), t.scale(b!, 10));
    },
    reference: ([x]) => {
      const row = (i: number, k: number) => x!.data[3 * i + k]!;
      return build([4, 3], (i, k) => row([3, 1, 0, 6][i!]!, k!) + 10 * row([2, 5, 7, 4][i!]!, k!));
    },
  },
  {
    name: "permuteRows, two sources, one output unused",
    shapes: [
      [2, 3],
      [2, 3],
    ],
    indices: [
      { shape: [3], data: [2, 0, 1] },
      { shape: [1], data: [3] },
      { shape: [2], data: [1, 2] },
      { shape: [2], data: [0, 3] },
    ],
    graph: ([x, y], [first, second, ofX, ofY]) =>
      t.permuteRows([x!, y!], [first!, second!], [ofX!, ofY!], 3)[0]!,
    reference: ([x, y]) => build([3, 3], (i, k) => (i === 0 ? get(y!, 0, k!) : get(x!, i! - 1, k!))),
  },
  ...products,
  {
    name: "layerNorm",
    shapes: [[3, 8], [8], [8]],
    graph: ([x, gain, bias]) => t.layerNorm(x!, gain!, bias!, 1e-5),
    reference: ([x, gain, bias]) =>
      build([3, 8], (i, k) => {
        const mean = sumOver(8, (j) => get(x!, i!, j)) / 8;
        const variance = sumOver(8, (j) => (get(x!, i!, j) - mean) ** 2) / 8;
        return ((get(x!, i!, k!) - mean) / Math.sqrt(variance + 1e-5)) * get(gain!, k!) + get(bias!, k!);
      }),
  },
  {
    name: "rmsNorm",
    shapes: [[2, 3, 8], [8]],
    graph: ([x, gain]) => t.rmsNorm(x!, gain!, 1e-5),
    reference: ([x, gain]) =>
      build([2, 3, 8], (i, j, k) => {
        const square = sumOver(8, (l) => get(x!, i!, j!, l) ** 2) / 8;
        return (get(x!, i!, j!, k!) / Math.sqrt(square + 1e-5)) * get(gain!, k!);
      }),
  },
  {
    name: "softmax",
    shapes: [[2, 3, 7]],
    graph: ([x]) => t.softmax(x!),
    reference: ([x]) => softmaxRows(x!),
  },
  rotaryCase(3),
  rotaryCase(2),
  rotaryCase(3, 2),
  rotaryCase(2, 2),
  {
    name: "lookup",
    shapes: [[5, 3]],
    differentiable: 0,
    indices: [{ shape: [2, 2], data: [4, 0, 4, 1] }],
    graph: ([table], [ids]) => t.lookup(table!, ids!),
    reference: ([table]) => build([2, 2, 3], (i, j, k) => get(table!, [4, 0, 4, 1][2 * i! + j!]!, k!)),
  },
  ...[t.targetLogProbs, t.differentiableLogProbs].map(
    (operator, i): Case => ({
      name: i === 0 ? "targetLogProbs" : "differentiableLogProbs",
      shapes: [
        [2, 3, 4],
        [6, 4],
      ],
      differentiable: i,
      indices: [
        { shape: [2, 3], data: [5, 0, 1, 1, 4, 3] },
        { shape: [2, 2], data: [0, 1, 2, 3] },
        { shape: [2], data: [4, 5] },
      ],
      graph: ([hidden, head], [labels, blocks, rest]) =>
        operator(hidden!, head!, labels!, { blocks: t.lookup(head!, blocks!), rest: t.lookup(head!, rest!) }),
      reference: ([hidden, head]) => logProbs(hidden!, head!, [5, 0, 1, 1, 4, 3]),
    }),
  ),
];

/** log softmax(hidden · headᵀ) at the labels. */
function logProbs(hidden: NdArray, head: NdArray, labels: readonly number[]): NdArray {
  const [chunks, chunk, width] = hidden.shape as [number, number, number];
  const vocabulary = head.shape[0]!;
  const logits = build([chunks, chunk, vocabulary], (i, j, v) =>
    sumOver(width, (k) => get(hidden, i!, j!, k) * get(head, v!, k)),
  );
  const probabilities = softmaxRows(logits);
  return build([chunks, chunk], (i, j) => Math.log(get(probabilities, i!, j!, labels[i! * chunk + j!]!)));
}

const feed = ({ shape, data }: NdArray): Feed => ({ type: "float32", shape, data: Float32Array.from(data) });

/** Numbers that are exact in float32, so that both sides start alike. */
const randomArray = (shape: readonly number[], positive = false) =>
  map({ shape, data: new Float64Array(size(shape)) }, () => {
    const value = Math.fround(draw());
    return positive ? Math.fround(Math.abs(value) + 0.5) : value;
  });

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  expect(found.length).toBe(expected.length);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(found[i]! - expected[i]!), `element ${i}`).toBeLessThan(tolerance * scale);
  }
}

describe(`operators (seed ${seed})`, () => {
  it.each(cases)("$name", async (each) => {
    const values = each.shapes.map((shape) => randomArray(shape, each.positive));
    const inputs = each.shapes.map((shape, i) => t.input(`x${i}`, shape));
    const indices = (each.indices ?? []).map(({ shape }, i) =>
      t.input(`i${i}`, shape, each.int64 ? "int64" : "int32"),
    );
    const output = each.graph(inputs, indices);
    const expected = each.reference(values);
    expect(output.shape).toEqual(expected.shape);

    const wanted = inputs.slice(0, each.differentiable ?? inputs.length);
    const arriving = randomArray(expected.shape);
    const gradients = t.differentiate([{ of: output, gradient: t.input("g", expected.shape) }], wanted);
    const session = await createSession(
      { output, ...Object.fromEntries(gradients.map((gradient, i) => [`gradient${i}`, gradient])) },
      { threads: 1 },
    );
    const feeds = new Map<string, Feed>(values.map((value, i) => [`x${i}`, feed(value)]));
    feeds.set("g", feed(arriving));
    for (const [i, { shape, data }] of (each.indices ?? []).entries()) {
      const index: Feed = each.int64
        ? { type: "int64", shape, data: BigInt64Array.from(data, BigInt) }
        : { type: "int32", shape, data: Int32Array.from(data) };
      feeds.set(`i${i}`, index);
    }
    const results = await session.run(feeds);
    await session.dispose();

    expectClose(results.get("output")!, expected.data, 3e-6);
    const loss = () => {
      const { data } = each.reference(values);
      return sumOver(data.length, (i) => data[i]! * arriving.data[i]!);
    };
    for (const [w] of wanted.entries()) {
      const { data } = values[w]!;
      const differences = data.map((start, i) => {
        const step = 1e-5;
        data[i] = start + step;
        const above = loss();
        data[i] = start - step;
        const below = loss();
        data[i] = start;
        return (above - below) / (2 * step);
      });
      expectClose(results.get(`gradient${w}`)!, differences, 1e-5);
    }
  });

  it("weightedLogProbs: values, and both gradients of their weighted sum", async () => {
    const labels = [5, 0, 1, 1, 4, 3];
    const [hidden, head, factors] = [
      [2, 3, 4],
      [6, 4],
      [2, 3],
    ].map((shape) => randomArray(shape)) as [NdArray, NdArray, NdArray];
    const result = t.weightedLogProbs(
      t.input("hidden", ["chunks", "chunk", 4]),
      t.input("head", [6, 4]),
      t.input("labels", ["chunks", "chunk"], "int32"),
      t.input("factors", ["chunks", "chunk"]),
    );
    const session = await createSession({ ...result }, { threads: 1 });
    const results = await session.run(
      new Map<string, Feed>([
        ["hidden", feed(hidden)],
        ["head", feed(head)],
        ["factors", feed(factors)],
        ["labels", { type: "int32", shape: [2, 3], data: Int32Array.from(labels) }],
      ]),
    );
    await session.dispose();
    const values = () => logProbs(hidden, head, labels).data;
    expectClose(results.get("logProbs")!, values(), 3e-6);
    const difference = (array: NdArray, i: number) => {
      const start = array.data[i]!;
      const at = (value: number) => {
        array.data[i] = value;
        return sumOver(6, (j) => values()[j]! * factors.data[j]!);
      };
      const slope = (at(start + 1e-5) - at(start - 1e-5)) / 2e-5;
      array.data[i] = start;
      return slope;
    };
    expectClose(
      results.get("hiddenGradient")!,
      hidden.data.map((_, i) => difference(hidden, i)),
      1e-5,
    );
    // The labels' own part is added by token: Σ factor · hidden to each label's row.
    const whole = Float64Array.from(results.get("headGradient")!);
    for (const [j, label] of labels.entries()) {
      for (let k = 0; k < 4; k++) whole[4 * label + k]! += factors.data[j]! * hidden.data[4 * j + k]!;
    }
    expectClose(
      whole,
      head.data.map((_, i) => difference(head, i)),
      1e-5,
    );
  });

  it("a log-probability far below float32's smallest number is exact, and so is its derivative", async () => {
    const outputs = t.targetSlopes(
      t.input("hidden", [1, 1, 1]),
      t.input("head", [2, 1]),
      t.input("labels", [1, 1], "int32"),
      { blocks: t.input("blocks", ["blocks", "size", 1]), rest: t.input("rest", ["rest", 1]) },
    );
    const session = await createSession({ ...outputs }, { threads: 1 });
    const results = await session.run(
      new Map<string, Feed>([
        ["hidden", { type: "float32", shape: [1, 1, 1], data: Float32Array.of(1) }],
        ["head", { type: "float32", shape: [2, 1], data: Float32Array.of(500, -500) }],
        ["labels", { type: "int32", shape: [1, 1], data: Int32Array.of(1) }],
        ["blocks", { type: "float32", shape: [1, 1, 1], data: Float32Array.of(500) }],
        ["rest", { type: "float32", shape: [1, 1], data: Float32Array.of(-500) }],
      ]),
    );
    await session.dispose();
    expect(results.get("logProbs")![0]).toBe(-1000);
    expect(results.get("slopes")![0]).toBe(-1000); // the label's row less the other, which is certain
  });
});

describe("shapes are checked when the graph is built", () => {
  const matrix = t.input("matrix", ["tokens", 4]);
  it.each([
    ["add", () => t.add(matrix, t.input("x", [3])), "do not broadcast: axis 1 is 4 and 3"],
    ["gemm", () => t.gemm(matrix, t.input("x", [3, 5])), "cannot multiply [tokens, 4] by [3, 5]"],
    ["reshape", () => t.reshape(matrix, ["tokens", 2, 3]), "[tokens, 4] does not become [tokens, 2, 3]"],
    ["reshape of two symbols", () => t.reshape(t.input("x", ["a", "b"]), ["b", "a"]), "does not become"],
    ["layerNorm", () => t.layerNorm(matrix, t.input("x", [3]), t.input("y", [4]), 1e-5), "gain is [3]"],
    ["masked", () => t.masked(matrix, t.input("keep", ["tokens", 3], "bool")), "expected bool [tokens, 4]"],
    ["reshape of a multiple", () => t.reshape(t.input("x", ["2·a", 3]), ["a", 5]), "does not become"],
    ["rmsNorm", () => t.rmsNorm(matrix, t.input("x", [3]), 1e-5), "gain is [3]"],
    ["sum", () => t.sum(matrix, [2]), "axis 2 is outside"],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  it("an operator without a derivative says so", () => {
    const table = t.input("w", [5, 4]);
    const rows = t.lookup(table, t.input("i", ["tokens"], "int32"));
    expect(() => t.differentiate([{ of: rows, gradient: matrix }], [table])).toThrow(
      "lookup has no derivative",
    );
  });
});
