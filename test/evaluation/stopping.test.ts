import { expect, test } from "vitest";
import { criterionReached, stoppingFront } from "../../src/evaluation/index.ts";

const ideal = { dpo: 0.1, sft: 1 };
const rule = { gap: 1e-4, front: [[1.5, 0.3]] as [number, number][], gaps: "either" as const };

test("either optimality gap is enough (the paper's code), or both are needed", () => {
  const onlySft = { dpo: 5, sft: 1.00005 };
  expect(criterionReached(onlySft, rule, ideal)).toBe("ideal");
  expect(criterionReached(onlySft, { ...rule, gaps: "both" }, ideal)).toBeNull();
  expect(criterionReached({ dpo: 0.1, sft: 0.9 }, { ...rule, gaps: "both" }, ideal)).toBe("ideal");
  expect(criterionReached({ dpo: 5, sft: 1.0002 }, rule, ideal)).toBeNull();
  // Below f*, which is approximate: the gap is negative, and small enough.
  expect(criterionReached({ dpo: 5, sft: 0.5 }, rule, ideal)).toBe("ideal");
});

test("a point of the reference front is reached in both losses, within the gap", () => {
  expect(criterionReached({ dpo: 0.30005, sft: 1.50005 }, rule, ideal)).toBe("front");
  expect(criterionReached({ dpo: 0.2, sft: 1.6 }, rule, ideal)).toBeNull();
  expect(criterionReached({ dpo: 0.3, sft: 1.5 }, rule, null)).toBe("front");
});

test("the front is made of where runs ended, as [f_SFT, f_DPO]", () => {
  const ends = [
    { dpo: 0.5, sft: 1.2 },
    { dpo: 0.2, sft: 1.6 },
    { dpo: 0.6, sft: 1.7 },
  ];
  expect(stoppingFront(ends)).toEqual([
    [1.2, 0.5],
    [1.6, 0.2],
  ]);
});
