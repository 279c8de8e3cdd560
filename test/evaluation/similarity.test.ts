import { describe, expect, it } from "vitest";
import { Random } from "../../src/data/random.ts";
import { cosineSimilarity, nearestNeighbours, tokenCounts } from "../../src/evaluation/index.ts";

describe("token-level similarity", () => {
  it("is the cosine between token counts", () => {
    // numpy: [2, 1, 0] · [1, 1, 1] / (√5 √3)
    const found = cosineSimilarity(tokenCounts([7, 7, 9]), tokenCounts([9, 4, 7]));
    expect(found).toBeCloseTo(3 / Math.sqrt(15), 15);
    expect(cosineSimilarity(tokenCounts([1, 2, 2]), tokenCounts(Int32Array.of(2, 1, 2)))).toBe(1);
    expect(cosineSimilarity(tokenCounts([1]), tokenCounts([2]))).toBe(0);
    expect(cosineSimilarity(tokenCounts([]), tokenCounts([2]))).toBe(0);
  });

  it("finds the nearest candidate, the first of those that are equally near", () => {
    const candidates = [[1, 2, 9], [1, 2, 3, 3], [1, 2, 8], [5]].map(tokenCounts);
    expect(nearestNeighbours([tokenCounts([1, 2, 4])], candidates)).toEqual([
      { index: 0, similarity: 2 / 3, equallyNear: 2 },
    ]);
    // Nothing in common: all are equally far.
    expect(nearestNeighbours([tokenCounts([77])], candidates)).toEqual([
      { index: 0, similarity: 0, equallyNear: 4 },
    ]);
    expect(() => nearestNeighbours([tokenCounts([1])], [])).toThrow("no candidates");
  });

  it("finds what comparing every pair finds", () => {
    const seed = 20261125;
    const random = new Random(seed);
    const text = () => tokenCounts(Array.from({ length: 12 }, () => Math.floor(random.next() * 20)));
    const [texts, candidates] = [Array.from({ length: 40 }, text), Array.from({ length: 60 }, text)];
    nearestNeighbours(texts, candidates).forEach(({ index, similarity, equallyNear }, i) => {
      const all = candidates.map((candidate) => cosineSimilarity(texts[i]!, candidate));
      const best = Math.max(...all);
      expect([similarity, index, equallyNear], `seed ${seed}, text ${i}`).toEqual([
        best,
        all.indexOf(best),
        all.filter((each) => each === best).length,
      ]);
    });
  });
});
