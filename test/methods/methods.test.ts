import { describe, expect, test } from "vitest";
import { alright } from "../../src/methods/alright.ts";
import type { Answer, Decision, MethodContext, ObjectiveName } from "../../src/methods/method.ts";
import { findMethod } from "../../src/methods/registry.ts";
import { stageLengths } from "../../src/methods/sequential.ts";
import { parseOptions } from "../../src/runs/option-values.ts";

const context: MethodContext = { steps: 10, epoch: { dpo: 4, sft: 2 }, ideal: { dpo: 0, sft: 0 } };

/** The first decisions of a method, each answered with the losses that `answer` gives it. */
function decide(
  name: string,
  given: Record<string, unknown>,
  count: number,
  answer: (decision: Decision, i: number) => Record<ObjectiveName, number> = () => ({ dpo: 1, sft: 1 }),
  more: Partial<MethodContext> = {},
  random: () => number = () => 0.5,
): string[] {
  const method = findMethod(name);
  const options = parseOptions(method.options, given, name);
  const steps = method.start(options, random, { ...context, ...more });
  const said: string[] = [];
  let next = steps.next();
  while (!next.done && said.length < count) {
    const decision = next.value as Decision;
    said.push(say(decision));
    const losses = answer(decision, said.length - 1);
    next = steps.next({ ...losses, losses, inner: [] } as Answer);
  }
  return said;
}

function say(decision: Decision): string {
  if (decision.kind === "step")
    return Object.entries(decision.weights)
      .map(([name, weight]) => (weight === 1 ? name : `${weight} ${name}`))
      .join(" + ");
  if (decision.kind === "measure") return `measure ${decision.objectives.join(" ")}`;
  return `${decision.kind} ${"objective" in decision ? decision.objective : ""}`;
}

describe("ALRIGHT (Algorithm 2)", () => {
  test("steps on DPO where the draw is below λ", () => {
    const draws = [0.1, 0.29, 0.3, 0.9];
    const said = decide("alright", { lambda: 0.3 }, 4, undefined, {}, () => draws.shift()!);
    expect(said).toEqual(["dpo", "dpo", "sft", "sft"]);
  });

  test("λ = 0 and λ = 1 are SFT and DPO alone", () => {
    for (const draw of [0, 0.5, 1 - 2 ** -53]) {
      expect(decide("alright", { lambda: 0 }, 1, undefined, {}, () => draw)).toEqual(["sft"]);
      expect(decide("alright", { lambda: 1 }, 1, undefined, {}, () => draw)).toEqual(["dpo"]);
    }
  });

  test("reads λ at every step, so that steering acts", () => {
    const method = alright;
    const options = { lambda: 0 };
    const steps = method.start(options, () => 0.5, context);
    const answer = { losses: {}, inner: [] } as unknown as Answer;
    expect(say(steps.next(answer).value as Decision)).toBe("sft");
    options.lambda = 1;
    expect(say(steps.next(answer).value as Decision)).toBe("dpo");
  });
});

test("Mix steps on λ g_DPO + (1 − λ) g_SFT", () => {
  expect(decide("mix", { λ: 0.25 }, 2)).toEqual(["0.25 dpo + 0.75 sft", "0.25 dpo + 0.75 sft"]);
});

describe("MAXRIGHT", () => {
  test("k = 1 measures both at every step and takes the larger weighted gap (Algorithm 3)", () => {
    const losses = [
      { dpo: 2, sft: 3 },
      { dpo: 3, sft: 2 },
    ];
    const said = decide("maxright", { lambda: 0.5, k: 1 }, 4, (_, i) => losses[Math.floor(i / 2)]!);
    expect(said).toEqual(["measure dpo sft", "sft", "measure dpo sft", "dpo"]);
  });

  test("gaps are to f*, weighted by λ and 1 − λ; a tie goes to DPO", () => {
    const answer = () => ({ dpo: 3, sft: 2 });
    const choice = (lambda: number, ideal: { dpo: number; sft: number }) =>
      decide("maxright", { lambda, k: 1 }, 2, answer, { ideal })[1];
    expect(choice(0.5, { dpo: 0, sft: 0 })).toBe("dpo");
    expect(choice(0.5, { dpo: 2, sft: 0 })).toBe("sft");
    expect(choice(0.9, { dpo: 2, sft: 0 })).toBe("dpo");
    expect(choice(0.5, { dpo: 2, sft: 1 })).toBe("dpo");
  });

  test("Algorithm 4 measures at t = 1 and where k divides t; in between it goes by the last values seen", () => {
    // Measured (4, 3), so DPO until its seen value falls below 3; then SFT until below DPO's.
    const seen = { dpo: 4, sft: 3 };
    const said = decide("maxright", { lambda: 0.5, k: 4 }, 9, (decision) => {
      if (decision.kind !== "step") return { ...seen };
      const objective = Object.keys(decision.weights)[0] as "dpo" | "sft";
      const loss = seen[objective];
      seen[objective] -= 1.5;
      return { [objective]: loss };
    });
    // t=1: stored 4, 3 → dpo (saw 4); t=2: 4, 3 → dpo (saw 2.5); t=3: 2.5, 3 → sft (saw 3); t=4: measured (1, 1.5) → sft …
    expect(said).toEqual([
      "measure dpo sft",
      "dpo",
      "dpo",
      "sft",
      "measure dpo sft",
      "sft",
      "sft",
      "dpo",
      "dpo",
    ]);
  });
});

describe("Sequential (Algorithm 1)", () => {
  test("trains each objective for its steps, with a fresh stage in between", () => {
    const said = decide("sequential", { steps: [2, 1] }, 10);
    expect(said).toEqual(["dpo", "dpo", "stage sft", "sft"]);
    const reversed = decide("sequential", { order: ["sft", "dpo"], steps: [1, 2] }, 10);
    expect(reversed).toEqual(["sft", "stage dpo", "dpo", "dpo"]);
  });

  test("lengths: steps, epochs over each stage's own set, or the run's steps in equal parts", () => {
    const order = ["dpo", "sft"];
    expect(stageLengths({ order, steps: [3, 4], epochs: [] }, 7, context.epoch)).toEqual([3, 4]);
    expect(stageLengths({ order, steps: [], epochs: [3, 2] }, 0, context.epoch)).toEqual([12, 4]);
    expect(stageLengths({ order, steps: [], epochs: [] }, 7, context.epoch)).toEqual([4, 3]);
  });

  test("a threshold ends a stage before a batch whose loss is below it", () => {
    const said = decide("sequential", { steps: [5, 5], threshold: 0.5 }, 20, (_, i) => ({
      dpo: i < 4 ? 1 : 0.4,
      sft: 0.4,
    }));
    expect(said).toEqual([
      "measure dpo",
      "dpo",
      "measure dpo",
      "dpo",
      "measure dpo",
      "stage sft",
      "measure sft",
    ]);
  });
});

test("an unknown method is an error that names the nearest one", () => {
  expect(() => findMethod("maxrigt")).toThrow(/no method is called "maxrigt"; did you mean "maxright"\?/);
});
