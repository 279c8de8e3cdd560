import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type SpecificationInput, train } from "../../src/index.ts";
import { toySpecification } from "../../src/runs/toy-defaults.ts";
import { contours, toyPreset, toyReference } from "../../src/training/toy-task.ts";
import { computed, eventsOf, trainHere } from "./in-process.ts";

const runs = mkdtempSync(join(tmpdir(), "alright-toy-"));
afterAll(() => rmSync(runs, { recursive: true }));

function toy(model: string, method: SpecificationInput["method"]): SpecificationInput {
  return { model, method } as SpecificationInput;
}

// Figure 2 and Table 3; the paper gives no numbers. These were recomputed for SGD, β = 1, and are the paper's setting
// otherwise: [steps, f_DPO, f_SFT], to the digits given.
const expected: Record<string, Record<string, [number, string, string]>> = {
  "toy:conflict": {
    sequential: [15467, "1.517", "0.052"],
    maxright: [20000, "0.120", "0.120"],
    mix: [20000, "0.093", "0.152"],
  },
  "toy:as-printed": {
    sequential: [5423, "0.050", "0.005"],
    alright: [20000, "0.030", "0.005"],
    maxright: [20000, "0.016", "0.004"],
    mix: [20000, "0.030", "0.005"],
  },
};

describe("the toy illustration (Figure 2, D.1)", () => {
  for (const [model, methods] of Object.entries(expected))
    for (const [name, [steps, dpo, sft]] of Object.entries(methods))
      test(`${model}, ${name}: ends at (${dpo}, ${sft})`, async () => {
        const { ended } = await trainHere(toy(model, { name }), { runs });
        const { losses } = ended.summary;
        expect([ended.summary.steps, losses.dpo!.toFixed(3), losses.sft!.toFixed(3)]).toEqual([
          steps,
          dpo,
          sft,
        ]);
      });

  test("θ_ref of the conflict preset is (.06, −4.91)", () => {
    const { optimizer } = toySpecification(toy("toy:conflict", { name: "alright" }));
    const theta = toyReference(toyPreset("conflict"), 1000, optimizer);
    expect([...theta].map((value) => value.toFixed(2))).toEqual(["0.06", "-4.91"]);
  });

  test("Sequential's DPO stage ends below 0.05 after 5467 steps, at (.05, 1.62)", async () => {
    const { directory } = await trainHere(toy("toy:conflict", { name: "sequential" }), { runs });
    const events = eventsOf(directory);
    const stage = events.find((event) => event.type === "stage")!;
    expect([stage.step, stage.objective]).toEqual([5468, "sft"]);
    const turn = events.find((event) => event.type === "evaluated" && event.step === 5467);
    if (turn?.type !== "evaluated") throw new Error("no evaluation at the turn");
    expect(turn.losses.dpo!.toFixed(3)).toBe("0.050");
    expect(turn.losses.sft!.toFixed(2)).toBe("1.62");
    expect(turn.theta!.map((value) => value.toFixed(2))).toEqual(["-2.81", "-1.83"]);
    const last = events.filter((event) => event.type === "evaluated").at(-1)!;
    expect(last.theta!.map((value) => value.toFixed(2))).toEqual(["5.85", "-1.66"]);
  });

  for (const seed of [42, 1, 2, 3])
    test(`ALRIGHT ends at about (.095, .149), seed ${seed}`, async () => {
      const input = { ...toy("toy:conflict", { name: "alright" }), seed };
      const { ended } = await trainHere(input, { runs });
      const { losses, idealDistance } = ended.summary;
      expect(Math.abs(losses.dpo! - 0.095)).toBeLessThan(0.012);
      expect(Math.abs(losses.sft! - 0.149)).toBeLessThan(0.012);
      expect(Math.abs(idealDistance! - 0.177)).toBeLessThan(0.009);
    });

  test("20,000 steps in a process of its own: every event arrives, in order", async () => {
    const run = train(toy("toy:conflict", { name: "mix" }), { runs });
    const events: number[] = [];
    run.onEvent((event) => event.type === "step" && events.push(event.step));
    await run.done;
    expect(events.length).toBe(20_000);
    expect(events.every((step, i) => step === i + 1)).toBe(true);
  });

  test("a run in its process equals one here", async () => {
    const input = { ...toy("toy:conflict", { name: "alright" }), steps: 500 };
    const run = train(input, { runs });
    await run.done;
    const here = await trainHere(input, { runs });
    expect(computed({ path: run.directory })).toEqual(computed(here.directory));
  });

  test('SFT → DPO with the reference "start": DPO\'s loss is log 2 where its stage begins', async () => {
    const method = { name: "sequential", order: ["sft", "dpo"], steps: [50, 50], threshold: 0 };
    const { directory } = await trainHere({ ...toy("toy:conflict", method), reference: "start" }, { runs });
    const steps = eventsOf(directory).filter((event) => event.type === "step");
    expect(steps[50]!.losses.dpo).toBeCloseTo(Math.log(2), 12);
  });

  test("contours are the losses over a plane of weights", () => {
    const { x, y, dpo, sft } = contours("toy:conflict", { x: [0, 2], y: [-1, 1], points: 3 });
    expect([x, y]).toEqual([
      [0, 1, 2],
      [-1, 0, 1],
    ]);
    // f_SFT = log(1 + e^(−θ₁/2)), whatever θ₂ is.
    for (const row of sft)
      for (const [j, value] of row.entries()) expect(value).toBeCloseTo(Math.log1p(Math.exp(-x[j]! / 2)), 5);
    expect(dpo[0]![0]).toBeGreaterThan(dpo[2]![0]!);
  });
});
