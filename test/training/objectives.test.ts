import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  builtInLosses,
  defineObjective,
  logSigmoid,
  resumeRun,
  type SpecificationInput,
  train,
} from "../../src/index.ts";
import { computed, continueHere, eventsOf, pauseAfter, trainHere } from "./in-process.ts";
import { writeTinyData, writeTinyModel } from "./tiny-model.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-objectives-"));
const runs = join(directory, "runs");
const model = join(directory, "model");
let data: { sft: string; dpo: string };

beforeAll(async () => {
  await writeTinyModel(model);
  data = writeTinyData(join(directory, "data"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function specification(
  dpo: Record<string, unknown>,
  more: Partial<SpecificationInput> = {},
): SpecificationInput {
  return {
    model,
    data,
    method: { name: "alright", lambda: 0.7 },
    steps: 8,
    lora: { rank: 4, alpha: 4 },
    ideal: null,
    optimizer: { learningRate: 1e-2 },
    batchSize: { sft: 6, dpo: 4 },
    evaluation: { every: 4, fraction: 0.1 },
    checkpoint: { every: 3 },
    threads: 1,
    objectives: { dpo },
    ...more,
  };
}

const toy = (dpo: object, more: Partial<SpecificationInput> = {}) =>
  ({ model: "toy:conflict", method: { name: "mix" }, objectives: { dpo }, ...more }) as SpecificationInput;

const beta = { type: "number", default: 0.1, above: 0, help: "scale of rewards" } as const;
const mine = defineObjective("mine", { beta }, ({ chosen, rejected }, { beta }) => {
  const change = chosen.logProb - chosen.reference - (rejected.logProb - rejected.reference);
  return -logSigmoid(beta * change);
});

const losses = (path: string) =>
  eventsOf({ path }).flatMap((event) =>
    event.type === "step" || event.type === "evaluated" ? [event.losses] : [],
  );

function expectAlike(found: ReturnType<typeof losses>, expected: ReturnType<typeof losses>) {
  expect(found.length).toBe(expected.length);
  for (const [i, all] of expected.entries())
    for (const [name, loss] of Object.entries(all))
      expect(Math.abs(found[i]![name]! - loss)).toBeLessThan(1e-6);
}

const notes = (path: string) =>
  eventsOf({ path }).flatMap((event) => (event.type === "preparing" ? [event.note] : []));

describe("the losses that come with the library", () => {
  test.each(builtInLosses.dpo.map(({ name, needsReference }) => ({ name, needsReference })))(
    "$name trains, and reads the reference only where it needs one",
    async ({ name, needsReference }) => {
      // A reference that is not there is an error only for whom it concerns.
      const reference = needsReference ? { sft: "chosen" as const, steps: 2 } : "nowhere";
      const method = { name: "dpo" };
      const input = specification({ loss: name }, { steps: 25, method, reference });
      // Runs of its own, so that no other run has left the reference's values in their cache.
      const { directory: at, ended } = await trainHere(input, { runs: join(directory, `runs-${name}`) });
      expect(ended.error).toBeUndefined();
      const start = losses(at.path)[0]!.dpo!;
      expect(ended.summary.losses.dpo!).toBeLessThan(start);
      expect(notes(at.path).some((note) => note.startsWith("reference"))).toBe(needsReference);
      const step = eventsOf(at).find((event) => event.type === "step")!;
      expect(Number.isFinite(step.rewards!.margin)).toBe(true);
      expect(step.logProbs!.chosenChange !== undefined).toBe(needsReference);
    },
  );

  test("SFT summed per sequence is the mean of rows' sums", async () => {
    const start = async (reduction: "tokens" | "sequences") => {
      const input = specification({}, { method: { name: "sft" }, steps: 1 });
      const run = await trainHere({ ...input, objectives: { sft: { reduction } } }, { runs });
      return losses(run.directory.path)[0]!.sft!;
    };
    expect(await start("sequences")).toBeGreaterThan(3 * (await start("tokens")));
  });
});

describe("objectives of one's own", () => {
  test("stay in their process, and train: DPO's formula gives DPO's losses", async () => {
    const own = train(specification({ loss: "mine" }), { runs, objectives: [mine] });
    expect((await own.done).steps).toBe(8);
    const builtIn = await trainHere(specification({}), { runs });
    expectAlike(losses(own.directory), losses(builtIn.directory.path));
    const record = JSON.parse(readFileSync(join(own.directory, "run.json"), "utf8"));
    expect(record.specification.objectives.dpo).toEqual({ loss: "mine", beta: 0.1 });
    expect(record.objectiveHashes).toEqual({ dpo: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test("train the toy, with f* of their own", async () => {
    const input = (loss: string, more: object) =>
      toy({ loss, ...more }, { steps: 200, ideal: "runs", evaluation: { every: 50 } });
    const own = train(input("mine", { beta: 1 }), { runs, objectives: [mine] });
    const summary = await own.done;
    const builtIn = await trainHere(input("sigmoid", {}), { runs });
    expectAlike(losses(own.directory), losses(builtIn.directory.path));
    expect(summary.ideal!.dpo).toBeCloseTo(builtIn.ended.summary.ideal!.dpo, 9);
  });

  test("may be the loss of the SFT rows", async () => {
    const focal = defineObjective(
      "own-nll",
      {},
      ({ response, batch }) => (-response.logProb * batch.rows) / batch.tokens,
      { shape: "sft" },
    );
    const input = specification({}, { objectives: { sft: { loss: "own-nll" } } });
    const own = train(input, { runs, objectives: [focal, mine] });
    await own.done;
    const builtIn = await trainHere(specification({}), { runs });
    expectAlike(losses(own.directory), losses(builtIn.directory.path));
    expect(() => train(specification({ loss: "own-nll" }), { runs, objectives: [focal] })).toThrow(
      /"own-nll" reads rows of shape "sft"; give it as objectives\.sft\.loss/,
    );
  });

  test("paused and resumed, they equal an uninterrupted run; resuming needs them as they were", async () => {
    const input = specification({ loss: "mine" });
    const whole = await trainHere(input, { runs, objectives: [mine] });
    const own = train(input, { runs, objectives: [mine] });
    await own.pause();
    await own.done;
    expect(() => resumeRun(own.id, { runs })).toThrow(
      /trains with objective "mine", which is not built in: define it again and pass it in `objectives`/,
    );
    const other = defineObjective("mine", { beta }, ({ chosen }, { beta }) => -beta * chosen.logProb);
    expect(() => resumeRun(own.id, { runs, objectives: [other] })).toThrow(
      /the source of objective "mine" has changed since the run began/,
    );
    const resumed = resumeRun(own.id, { runs, objectives: [mine] });
    expect((await resumed.done).state).toBe("finished");
    expect(computed({ path: own.directory })).toEqual(computed(whole.directory));
    const here = await trainHere(input, { runs, objectives: [mine], ask: pauseAfter(5) });
    await continueHere(here.directory, { objectives: [mine] });
    expect(computed(here.directory)).toEqual(computed(whole.directory));
  });

  test("one that throws, or whose weights do not fit, fails its run in its words", async () => {
    const broken = defineObjective("broken", {}, () => {
      throw new Error("no such thing as a loss");
    });
    const run = train(toy({ loss: "broken" }), { runs, objectives: [broken] });
    await expect(run.done).rejects.toThrow(/objective "broken" failed: row 0: no such thing as a loss/);
    expect(run.state).toBe("failed");
    expect(run.snapshot().note).toMatch(/no such thing/);
    const long = defineObjective("long", {}, () => ({ loss: 1, weights: [0, 0, 0] }));
    const second = train(toy({ loss: "long" }), { runs, objectives: [long] });
    await expect(second.done).rejects.toThrow(/objective "long" failed: row 0: weights are \[0,0,0\]/);
  });

  test("one that becomes NaN fails its run with step, rows and advice; its last checkpoint stays good", async () => {
    let limit = 0.3;
    const fragile = defineObjective("fragile", { beta }, ({ chosen, rejected }, { beta }) => {
      const change = chosen.logProb - chosen.reference - (rejected.logProb - rejected.reference);
      return beta * change > limit ? Number.NaN : -logSigmoid(beta * change);
    });
    const input = specification(
      { loss: "fragile" },
      { method: { name: "dpo" }, steps: 400, checkpoint: { every: 1 }, evaluation: { every: 400 } },
    );
    const run = train(input, { runs, objectives: [fragile] });
    await expect(run.done).rejects.toThrow(
      /^step \d+: the dpo loss is NaN on rows \d+(, \d+)* of data\.dpo; lower optimizer\.learningRate \(now 0\.01\), or look at those rows, or at the formula of objective "fragile"$/,
    );
    expect(run.state).toBe("failed");
    const failed = run.snapshot().step;
    const kept = readdirSync(join(run.directory, "checkpoints")).map(Number);
    expect(failed).toBeGreaterThan(0);
    expect(Math.max(...kept)).toBeGreaterThanOrEqual(failed - 1);
    expect(existsSync(join(run.directory, "final"))).toBe(false);
    // Once the formula holds again, it goes on from there.
    limit = Infinity;
    const resumed = resumeRun(run.id, { runs, objectives: [fragile] });
    await new Promise<void>((resolve) => {
      const end = resumed.onSnapshot(({ step }) => {
        if (step <= failed + 3) return;
        end();
        resolve();
      });
    });
    await resumed.stop();
    expect(resumed.state).toBe("stopped");
  });

  test.each([
    ["in a step", "++calls > 250", expect.any(Number)],
    // Batches of three are the evaluation's: 9 calls a row for the first one, one more for the second, at step 4.
    ["in an evaluation", "batch.rows === 3 && ++calls > 27", 4],
  ])(
    "a run whose process goes %s checkpoints and pauses, and resumes as if nothing had happened",
    async (_, end, step) => {
      const library = new URL("../../dist/src/index.js", import.meta.url).href;
      const input = specification({ loss: "mine" }, { steps: 12, checkpoint: { every: 100 } });
      const file = join(directory, "owner.mjs");
      writeFileSync(
        file,
        `import { defineObjective, logSigmoid, train } from ${JSON.stringify(library)};
      let calls = 0;
      const mine = defineObjective(
        "mine",
        { beta: { type: "number", default: 0.1, above: 0, help: "scale" } },
        ({ chosen, rejected, batch }, { beta }) => {
          if (${end}) process.kill(process.pid, "SIGKILL");
          const change = chosen.logProb - chosen.reference - (rejected.logProb - rejected.reference);
          return -logSigmoid(beta * change);
        },
      );
      const run = train(${JSON.stringify(input)}, { runs: ${JSON.stringify(runs)}, objectives: [mine] });
      console.log(run.id);`,
      );
      const id = spawnSync(process.execPath, [file], { encoding: "utf8" }).stdout.trim();
      const left = join(runs, id);
      for (let i = 0; i < 200 && existsSync(join(left, "trainer.pid")); i++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      const last = eventsOf({ path: left }).at(-1)!;
      const reason = "the process that holds the objective has ended";
      expect(last).toMatchObject({ type: "paused", reason, step });
      expect(last.step).toBeGreaterThan(0);
      expect(last.step).toBeLessThan(12);
      expect(readdirSync(join(left, "checkpoints"))).toContain(String(last.step));
      const whole = await trainHere(input, { runs, objectives: [mine] });
      const { RunDirectory } = await import("../../src/runs/directory.ts");
      const resumed = await continueHere(new RunDirectory(left), { objectives: [mine] });
      expect(resumed.ended.summary.state).toBe("finished");
      expect(computed(resumed.directory)).toEqual(computed(whole.directory));
    },
  );
});
