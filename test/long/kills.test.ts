import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../src/data/random.ts";
import { apply, defineMethod, gradients, type SpecificationInput } from "../../src/index.ts";
import type { Method } from "../../src/methods/method.ts";
import { computed, eventsOf, trainHere } from "../training/in-process.ts";
import { writeTinyData, writeTinyModel } from "../training/tiny-model.ts";
import { asSteered, finalFiles, type Killed, killedGroup, killedRun } from "./kills.ts";

// KILLS_SEED repeats the moments of a run of this test, as far as the machine's speed allows; KILLS is how many a case.
const seed = Number(process.env.KILLS_SEED ?? Date.now() % 1e6);
const kills = Number(process.env.KILLS ?? 4);

const place = mkdtempSync(join(tmpdir(), "alright-long-kills-"));
const runs = join(place, "runs");
let total = 0;
let steered = 0;
afterAll(() => rmSync(place, { recursive: true }));
beforeAll(async () => {
  console.log(`seed ${seed}`);
  mkdirSync(runs);
  await writeTinyModel(join(place, "model"));
});

function language(
  method: SpecificationInput["method"],
  more: Partial<SpecificationInput> = {},
): SpecificationInput {
  return {
    model: join(place, "model"),
    data: writeTinyData(join(place, "data")),
    method,
    steps: 600,
    lora: { rank: 4, alpha: 4, dropout: 0.1 },
    ideal: { dpo: 0, sft: 1 },
    optimizer: { learningRate: 1e-3, schedule: "cosine", warmup: 5 },
    batchSize: { sft: 6, dpo: 4 },
    evaluation: { every: 50, fraction: 0.1 },
    checkpoint: { every: 7 },
    threads: 1,
    ...more,
  };
}

function toy(method: SpecificationInput["method"]): SpecificationInput {
  return {
    model: "toy:conflict",
    data: {},
    method,
    steps: 60_000,
    optimizer: { name: "adam", learningRate: 1e-3 },
    evaluation: { every: 500 },
    checkpoint: { every: 1000 },
  };
}

/** Minimum-norm point of the two gradients, with a word of its own that can be steered. */
const pull = defineMethod(
  "pull",
  { lambda: { type: "number", default: 0.5, help: "weight of DPO in the pull", minimum: 0, maximum: 1 } },
  function* (options, random) {
    while (true) {
      const { inner } = yield gradients("dpo", "sft");
      const [[a, b], [, c]] = inner as [[number, number], [number, number]];
      const dpo = Math.min(1, Math.max(0, (c - b) / (a + c - 2 * b)));
      const { lambda } = options as { lambda: number };
      const mixed = random() < 0.5 ? lambda : dpo;
      yield apply({ dpo: mixed, sft: 1 - mixed });
    }
  },
);

async function compare(title: string, killed: Killed, input: SpecificationInput, method?: Method) {
  const steering = eventsOf({ path: killed.directory }).filter(({ type }) => type === "steered").length;
  console.log(
    `${title}: killed ${killed.kills.length} times, steered ${steering} times: ${killed.kills.join("; ")}`,
  );
  total += killed.kills.length;
  steered += steering;
  const ask = asSteered(killed.directory);
  const whole = await trainHere(input, { runs, ask, ...(method ? { method } : {}) });
  expect(whole.refused).toEqual([]);
  expect(whole.ended.summary.state).toBe("finished");
  expect(computed({ path: killed.directory })).toEqual(computed(whole.directory));
  const names = readdirSync(whole.directory.final);
  expect(finalFiles(killed.directory, names)).toEqual(finalFiles(whole.directory.path, names));
  expect(readdirSync(killed.directory).filter((name) => /\.tmp$|\.pid$/.test(name))).toEqual([]);
}

describe("SIGKILL of the trainer at random moments: the resumed run equals an uninterrupted one bit for bit", () => {
  const cases: [string, () => SpecificationInput, { steer?: boolean; method?: Method }][] = [
    ["ALRIGHT, steered, dropout", () => language({ name: "alright" }), { steer: true }],
    ["MAXRIGHT, k = 3, steered, dropout", () => language({ name: "maxright", k: 3 }), { steer: true }],
    ["Mix, all weights", () => language({ name: "mix" }, { lora: null }), {}],
    ["Sequential", () => language({ name: "sequential", order: ["sft", "dpo"], steps: [40, 560] }), {}],
    [
      "a method of one's own, steered",
      () => language({ name: "pull" }, { steps: 300 }),
      { steer: true, method: pull },
    ],
    ["the toy, ALRIGHT, steered", () => toy({ name: "alright" }), { steer: true }],
    ["the toy, MAXRIGHT", () => toy({ name: "maxright", k: 10 }), {}],
  ];
  for (const [i, [title, input, { steer = false, method }]] of cases.entries())
    test(title, async () => {
      const random = new Random(seed + i, "kills");
      const methods = method ? [method] : [];
      const killed = await killedRun(input(), { runs, random, kills, methods, steer });
      await compare(title, killed, input(), method);
    });

  test("the script that holds the run and its trainer, killed at once", async () => {
    const input = language({ name: "maxright", k: 3 });
    const killed = await killedGroup(input, { runs, random: new Random(seed, "group"), kills });
    await compare("both processes", killed, input);
  });

  test("there were at least 20 kills, and λ was steered", () => {
    expect(steered).toBeGreaterThan(0);
    expect(total).toBeGreaterThanOrEqual(Math.min(20, 5 * kills));
  });
});
