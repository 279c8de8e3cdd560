import { describe, expect, it } from "vitest";
import type { Example } from "../../src/data/examples.ts";
import { checkExamples } from "../../src/engine/checks.ts";
import { blockSize } from "../../src/engine/feeds.ts";
import { cutIntoGrids } from "../../src/engine/grids.ts";
import { groupByBudget, pack, rowTokens } from "../../src/engine/packing.ts";
import { uniform } from "../../src/models/random.ts";
import { randomSeed } from "../seed.ts";

const ids = (...values: number[]) => Int32Array.from(values);
const sftRow: Example = { row: 0, prompt: ids(1, 2, 3), responses: [ids(4, 5)] };
const dpoRow: Example = { row: 1, prompt: ids(6, 7), responses: [ids(8, 9, 10), ids(11)] };

describe("packing", () => {
  it("computes a prompt once, its last token once per response, and no response's last token", () => {
    expect(rowTokens(sftRow)).toBe(4); // 1 2 | 3 4
    expect(rowTokens(dpoRow)).toBe(5); // 6 | 7 8 9 | 7
    const packed = pack([sftRow, dpoRow], [1, 0], [0, 1], 100);
    expect([...packed.ids]).toEqual([6, 7, 8, 9, 7, 1, 2, 3, 4]);
    expect(packed.grids.map(({ positions }) => [...positions].map(Number))).toEqual([
      [0, 1, 2, 3, 1],
      [0, 1, 2, 3],
      [0],
    ]);
    expect(packed.grids.map(({ cells }) => [...cells])).toEqual([[0, 1, 2, 3, 4], [5, 6, 7, 8], [0]]);
    expect([...packed.rowStart]).toEqual([0, 0, 0, 0, 0, 5, 5, 5, 5]);
    expect([...packed.gridStart]).toEqual([...packed.rowStart]);
    expect([...packed.rowCells]).toEqual([5, 5, 5, 5, 5, 4, 4, 4, 4]);
    expect([...packed.gridCells]).toEqual([...packed.rowCells]);
    expect([...packed.column]).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3]);
  });

  it("lets a response see the prompt and itself only, and padding see only itself", () => {
    // Five rows, so that two of them share a grid.
    const short: Example = { row: 2, prompt: ids(1), responses: [ids(2, 3, 4)] };
    const longer: Example = { row: 3, prompt: ids(1), responses: [new Int32Array(30)] };
    const examples = [sftRow, dpoRow, short, longer, { ...longer, responses: [new Int32Array(60)] }];
    const { grids } = pack(examples, [4, 3, 1, 0, 2], [0, 1, 3, 4, 5], 100);
    expect(grids.map(({ rows, length }) => [rows, length])).toEqual([
      [1, 60],
      [1, 30],
      [3, 5],
    ]);
    const { mask } = grids[2]!;
    const seen = (row: number) =>
      [0, 1, 2, 3, 4].map((column) =>
        [0, 1, 2, 3, 4].filter((other) => mask[(row * 5 + column) * 5 + other] === 0),
      );
    expect(seen(0)).toEqual([[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 4]]);
    expect(seen(1)).toEqual([[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [4]]);
    expect(seen(2)).toEqual([[0], [0, 1], [0, 1, 2], [3], [4]]);
  });

  it("cuts rows into the grids that multiply the fewest pairs", () => {
    const seed = randomSeed(1e6);
    const random = uniform(seed);
    for (let trial = 0; trial < 50; trial++) {
      const lengths = Array.from(
        { length: 1 + Math.floor(9 * random()) },
        () => 1 + Math.floor(20 * random()),
      ).sort((a, b) => b - a);
      const pairs = (ends: readonly number[]) =>
        ends.reduce((sum, end, g) => sum + (end - (ends[g - 1] ?? 0)) * lengths[ends[g - 1] ?? 0]! ** 2, 0);
      const count = lengths.length;
      let fewest = pairs([count]);
      for (let a = 1; a < count; a++) {
        fewest = Math.min(fewest, pairs([a, count]));
        for (let b = a + 1; b < count; b++) fewest = Math.min(fewest, pairs([a, b, count]));
      }
      expect(pairs(cutIntoGrids(lengths)), `seed ${seed}, ${lengths}`).toBe(fewest);
    }
  });

  it("gives every target a token of its own, and the other tokens a slot without a target", () => {
    const packed = pack([sftRow, dpoRow], [1, 0], [0, 1], 100);
    expect([...packed.labels.subarray(0, 6)]).toEqual([8, 9, 10, 11, 4, 5]);
    expect([...packed.targets.subarray(0, 6)]).toEqual([1, 2, 3, 4, 7, 8]);
    expect([...packed.slotOf]).toEqual([6, 0, 1, 2, 3, 6, 6, 4, 5]);
    expect(packed.responses).toEqual([
      { response: 1, start: 0, end: 3 },
      { response: 2, start: 3, end: 4 },
      { response: 0, start: 4, end: 6 },
    ]);
    expect(packed.chunks * packed.chunk).toBeGreaterThan(6);
  });

  it("keeps to the chunk limit", () => {
    const { chunks, chunk } = pack([sftRow, dpoRow], [1, 0], [0, 1], 3);
    expect(chunk).toBeLessThanOrEqual(3);
    expect(chunks * chunk).toBeGreaterThan(6);
  });

  it("groups rows of like length within the budget; a longer row goes alone", () => {
    const lengths = [5, 40, 3, 12, 10, 90, 11];
    const examples = lengths.map((length, row) => ({
      row,
      prompt: ids(1),
      responses: [new Int32Array(length)],
    }));
    const groups = groupByBudget(examples, 50);
    expect(groups.map((group) => group.map((i) => lengths[i]))).toEqual([[90], [40], [12, 11, 10, 5, 3]]);
  });

  it.each([
    ["an empty prompt", { row: 7, prompt: ids(), responses: [ids(1)] }, "row 7: the prompt has no tokens"],
    ["no response", { row: 7, prompt: ids(1), responses: [] }, "row 7: there is no response"],
    [
      "an empty response",
      { row: 7, prompt: ids(1), responses: [ids(2), ids()] },
      "row 7: response 1 has no tokens",
    ],
    [
      "an unknown id",
      { row: 7, prompt: ids(1), responses: [ids(12)] },
      "row 7: token id 12 is outside the vocabulary of 12",
    ],
    [
      "too long a row",
      { row: 7, prompt: ids(1, 1, 1, 1), responses: [ids(1, 1, 1, 1, 1, 1)] },
      "row 7: 9 tokens; the model's positions end at 8",
    ],
  ])("names the row with %s", (_, example, message) => {
    expect(() => checkExamples([example], 12, 8)).toThrow(message);
  });

  it.each([
    [50_304, 1021],
    [50_257, 3000],
    [4096, 1025],
    [64, 3],
    [7, 1],
    [128_256, 4_000_000],
  ])(
    "cuts a vocabulary of %i for %i targets into blocks and a rest that is not empty",
    (vocabulary, targets) => {
      const size = blockSize(vocabulary, targets, 2 ** 21);
      const blocks = Math.floor((vocabulary - 1) / size);
      const rest = vocabulary - blocks * size;
      expect(size).toBeGreaterThan(0);
      expect(rest).toBeGreaterThan(0);
      expect(Math.max(size, rest) * targets).toBeLessThanOrEqual(
        Math.max(2 ** 21 + 16 * targets, 64 * targets),
      );
    },
  );
});
