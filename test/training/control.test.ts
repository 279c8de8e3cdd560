import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  apply,
  defineMethod,
  gradients,
  measure,
  type Run,
  resumeRun,
  type SpecificationInput,
  step,
  train,
} from "../../src/index.ts";
import { libraryVersion } from "../../src/library-version.ts";
import { computed, continueHere, eventsOf, pauseAfter, trainHere } from "./in-process.ts";

const runs = mkdtempSync(join(tmpdir(), "alright-control-"));
afterAll(() => rmSync(runs, { recursive: true }));

function toy(method: SpecificationInput["method"], more: object = {}): SpecificationInput {
  return { model: "toy:conflict", method, ...more } as SpecificationInput;
}

function reached(run: Run, least: number): Promise<void> {
  return new Promise((resolve) => {
    const end = run.onSnapshot(({ step }) => {
      if (step < least) return;
      end();
      resolve();
    });
  });
}

describe("pausing and resuming", () => {
  for (const [name, at] of [
    ["alright", 700],
    ["maxright", 123],
    ["mix", 1],
    ["sequential", 5468],
  ] as const)
    test(`${name} paused after step ${at} and resumed equals an uninterrupted run`, async () => {
      const input = toy({ name }, { steps: 6000, evaluation: { every: 50 } });
      const whole = await trainHere(input, { runs });
      const first = await trainHere(input, { runs, ask: pauseAfter(at) });
      expect(first.ended.summary).toMatchObject({ state: "paused", steps: at });
      expect(existsSync(first.directory.summary)).toBe(false);
      const second = await continueHere(first.directory);
      expect(second.ended.summary.state).toBe("finished");
      expect(computed(second.directory)).toEqual(computed(whole.directory));
      const seqs = [...first.snapshots, ...second.snapshots].map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    });

  test("a synchronous loop of a background run hears pause, steer and stop at once", async () => {
    const run = train(toy({ name: "alright" }, { steps: 50_000_000 }), { runs });
    await reached(run, 1);
    const began = performance.now();
    await Promise.all([run.pause(), run.pause()]);
    expect(performance.now() - began).toBeLessThan(1500);
    expect(run.state).toBe("paused");
    expect((await run.done).state).toBe("paused");
    const { step } = run.snapshot();
    await run.steer({ lambda: 0.75 });
    await Promise.all([run.resume(), run.resume()]);
    await reached(run, step + 1);
    await run.steer({ lambda: 0.25 });
    await expect(run.steer({ lambda: 2 })).rejects.toThrow(/within \[0, 1\]/);
    await run.stop();
    expect(run.state).toBe("stopped");
    expect(run.snapshot().steered.map(({ lambda }) => lambda)).toEqual([0.75, 0.25]);
    expect(run.snapshot().lambda).toBe(0.25);
    expect(readdirSync(join(run.directory, "final"))).toEqual(["reference.json", "theta.json"]);
    await expect(run.resume()).rejects.toThrow(/stopped/);
    await expect(run.pause()).rejects.toThrow(/stopped/);
    expect(() => resumeRun(run.id, { runs })).toThrow(/stopped/);
  });

  test("a resume that comes while a pause is under way resumes the run once it is paused", async () => {
    const run = train(toy({ name: "alright" }, { steps: 50_000_000 }), { runs });
    await reached(run, 1);
    await Promise.all([run.pause(), run.resume()]);
    await run.steer({ lambda: 0.75 });
    expect(run.state).toBe("running");
    expect(eventsOf({ path: run.directory }).filter(({ type }) => type === "paused")).toHaveLength(1);
    await run.stop();
  });

  test("a run paused while f* is computed says so, and resumes to compute it", async () => {
    const run = train(toy({ name: "maxright" }, { ideal: "runs", steps: 400_000 }), { runs });
    await new Promise<void>((resolve) => {
      const end = run.onSnapshot(({ state, note }) => {
        if (state !== "preparing" || !note?.startsWith("f* of")) return;
        end();
        resolve();
      });
    });
    await expect(run.steer({ lambda: 0.1 })).rejects.toThrow(/still preparing/);
    await run.pause();
    expect(run.snapshot()).toMatchObject({ state: "paused", step: 0, ideal: null });
    const resumed = resumeRun(run.id, { runs });
    await reached(resumed, 1);
    expect(resumed.snapshot().ideal!.dpo).toBeLessThan(0.02);
    await resumed.stop();
    expect(resumed.snapshot().seq).toBeGreaterThan(run.snapshot().seq);
  });

  for (const [title, method, own] of [
    ["a built-in method", "alright", ""],
    [
      "a method that was in that process",
      "mine",
      'defineMethod("mine", {}, function* () { for (;;) yield step("dpo"); })',
    ],
  ] as const)
    test(`the trainer checkpoints and pauses when the process that started it is gone: ${title}`, async () => {
      const library = new URL("../../dist/src/index.js", import.meta.url).href;
      const file = join(runs, `${method}.mjs`);
      writeFileSync(
        file,
        `import { defineMethod, step, train } from ${JSON.stringify(library)};
        const specification = { model: "toy:conflict", method: { name: "${method}" }, steps: 50000000 };
        const run = train(specification, { runs: ${JSON.stringify(runs)}, methods: [${own}] });
        run.onSnapshot(({ step }) => {
          if (step === 0) return;
          console.log(run.id);
          process.kill(process.pid, "SIGKILL");
        });`,
      );
      const id = spawnSync(process.execPath, [file], { encoding: "utf8" }).stdout.trim().split("\n")[0]!;
      const directory = { path: join(runs, id) };
      for (let i = 0; i < 200 && existsSync(join(directory.path, "trainer.pid")); i++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      const last = eventsOf(directory).at(-1)!;
      expect(last).toMatchObject({
        type: "paused",
        reason: expect.stringMatching(/^the process that .* has ended$/),
      });
      expect(readdirSync(join(directory.path, "checkpoints"))).toContain(String(last.step));
    });

  test("steering acts at its step again when a run resumes from before it", async () => {
    const input = toy({ name: "alright" }, { steps: 400, checkpoint: { every: 100 } });
    const ask = (event: { type: string; step: number }) =>
      event.type === "step" && event.step === 250
        ? ({ kind: "steer", options: { lambda: 0.9 } } as const)
        : null;
    const whole = await trainHere(input, { runs, ask });
    expect(whole.refused).toEqual([]);
    // Killed at step 300 or so, with its newest checkpoint at 200: as if it had never got further.
    const killed = await trainHere(input, { runs, ask: (event) => ask(event) ?? pauseAfter(299)(event) });
    rmSync(join(killed.directory.checkpoints, "299"), { recursive: true });
    const resumed = await continueHere(killed.directory);
    expect(eventsOf(resumed.directory).filter(({ type }) => type === "steered")).toHaveLength(1);
    expect(computed(resumed.directory)).toEqual(computed(whole.directory));
  });

  test("a damaged newest checkpoint is passed over, and half an event at the end is cut off", async () => {
    const input = toy({ name: "mix" }, { steps: 400, checkpoint: { every: 100 } });
    const whole = await trainHere(input, { runs });
    const run = await trainHere(input, { runs, ask: pauseAfter(350) });
    expect(readdirSync(run.directory.checkpoints).sort()).toEqual(["300", "350"]);
    writeFileSync(join(run.directory.checkpoints, "350", "theta.json"), "[0, 0]\n");
    appendFileSync(run.directory.events, '{"type":"step","st');
    mkdirSync(join(run.directory.checkpoints, ".400.tmp"));
    const resumed = await continueHere(run.directory);
    expect(readdirSync(run.directory.checkpoints)).not.toContain(".400.tmp");
    expect(computed(resumed.directory)).toEqual(computed(whole.directory));
  });

  test("stop ends the run for good after the current step, with what was trained in final/", async () => {
    const ask = (event: { type: string; step: number }) =>
      event.type === "step" && event.step === 33 ? ({ kind: "stop" } as const) : null;
    const run = await trainHere(toy({ name: "mix" }), { runs, ask });
    expect(run.ended.summary).toMatchObject({ state: "stopped", steps: 33 });
    const last = eventsOf(run.directory)
      .filter(({ type }) => type === "evaluated")
      .at(-1)!;
    expect(last.step).toBe(33);
    expect(existsSync(join(run.directory.final, "theta.json"))).toBe(true);
  });
});

test("a run resumed with another Node or thread count says that it is no longer bit for bit", async () => {
  const run = await trainHere(toy({ name: "mix" }, { steps: 30 }), { runs, ask: pauseAfter(10) });
  const directory = join(run.directory.checkpoints, "10");
  const file = join(directory, "state.json");
  const state = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...state, versions: { ...state.versions, node: "v1.2.3" } }));
  const digests = JSON.parse(readFileSync(join(directory, "digest.json"), "utf8"));
  digests.files["state.json"] = createHash("sha256").update(readFileSync(file)).digest("hex");
  writeFileSync(join(directory, "digest.json"), JSON.stringify(digests));
  const resumed = await continueHere(run.directory);
  const event = eventsOf(resumed.directory).find(({ type }) => type === "resumed");
  expect(event).toMatchObject({ note: expect.stringMatching(/node v1\.2\.3 → v\d+.*no longer bit for bit/) });
});

describe("methods of one's own", () => {
  test("stay in their process, and train", async () => {
    const minimumNorm = defineMethod("minimum-norm", {}, function* () {
      while (true) {
        const { inner } = yield gradients("dpo", "sft");
        const [[a, b], [, c]] = inner as [[number, number], [number, number]];
        const dpo = Math.min(1, Math.max(0, (c - b) / (a + c - 2 * b)));
        yield apply({ dpo, sft: 1 - dpo });
      }
    });
    const input = toy({ name: "minimum-norm" }, { steps: 300 });
    const run = train(input, { runs, methods: [minimumNorm] });
    const summary = await run.done;
    expect(summary.steps).toBe(300);
    const here = await trainHere(input, { runs, method: minimumNorm });
    expect(computed({ path: run.directory })).toEqual(computed(here.directory));
    const first = await trainHere(input, { runs, method: minimumNorm, ask: pauseAfter(120) });
    const resumed = await continueHere(first.directory, { method: minimumNorm });
    expect(computed(resumed.directory)).toEqual(computed(here.directory));
  });

  test("one that throws fails its run in its words", async () => {
    const broken = defineMethod("broken", {}, function* () {
      yield step("dpo");
      throw new Error("I never learned to divide");
    });
    const run = train(toy({ name: "broken" }), { runs, methods: [broken] });
    await expect(run.done).rejects.toThrow(/method failed: I never learned to divide/);
    expect(run.state).toBe("failed");
    expect(run.snapshot().note).toMatch(/divide/);
  });

  test("one that decides otherwise on replay is an error that names the step", async () => {
    let seen = 0;
    const fickle = defineMethod("fickle", {}, function* () {
      while (true) yield step(seen++ % 3 === 0 ? "dpo" : "sft");
    });
    const run = await trainHere(toy({ name: "fickle" }, { steps: 20 }), {
      runs,
      method: fickle,
      ask: pauseAfter(10),
    });
    const resumed = await continueHere(run.directory, { method: fickle });
    expect(resumed.ended.error).toMatch(/step 1: .*step\("sft"\).*step\("dpo"\)/);
  });

  test("an objective that the run does not have, or apply without gradients, is an error", async () => {
    const wrong = defineMethod("wrong", {}, function* () {
      yield measure("grpo");
    });
    const run = await trainHere(toy({ name: "wrong" }), { runs, method: wrong });
    expect(run.ended.error).toMatch(/step 1: .*"grpo".*dpo and sft/);
    const early = defineMethod("early", {}, function* () {
      yield apply({ dpo: 1 });
    });
    const second = await trainHere(toy({ name: "early" }), { runs, method: early });
    expect(second.ended.error).toMatch(/step 1: apply\(\) without gradients\(\)/);
  });
});

describe("what a run leaves", () => {
  test("events count steps from 1, with losses before the update, an evaluation first and last", async () => {
    const { directory } = await trainHere(toy({ name: "maxright" }, { steps: 4, evaluation: { every: 3 } }), {
      runs,
    });
    const events = eventsOf(directory).map(({ type, step }) => `${type} ${step}`);
    expect(events.filter((line) => !line.startsWith("preparing"))).toEqual([
      "started 0",
      "evaluated 0",
      "measured 1",
      "step 1",
      "measured 2",
      "step 2",
      "measured 3",
      "step 3",
      "evaluated 3",
      "measured 4",
      "step 4",
      "evaluated 4",
      "finished 4",
    ]);
    const first = eventsOf(directory).find(({ type }) => type === "evaluated")!;
    const measured = eventsOf(directory).find(({ type }) => type === "measured")!;
    expect(measured).toMatchObject({ losses: (first as unknown as { losses: object }).losses });
  });

  test("the stopping criterion ends a joint run at an evaluation; Sequential has none", async () => {
    const stop = { gap: 1e-4, front: [[0.3, 0.3]] };
    const joint = await trainHere(toy({ name: "mix" }, { stop }), { runs });
    const { losses, steps } = joint.ended.summary;
    expect(steps % 100).toBe(0);
    expect(steps).toBeLessThan(20_000);
    expect(Math.max(losses.dpo!, losses.sft!)).toBeLessThanOrEqual(0.3001);
    expect(eventsOf(joint.directory).at(-1)).toMatchObject({ type: "finished", reason: "criterion" });
  });

  test("summary.json has gaps and the distance from the ideal point", async () => {
    const { directory, ended } = await trainHere(
      toy({ name: "mix" }, { steps: 10, ideal: { dpo: 1, sft: 0.5 } }),
      { runs },
    );
    const summary = JSON.parse(readFileSync(directory.summary, "utf8"));
    const { version, library, ...content } = summary;
    expect([version, library]).toEqual([1, libraryVersion]);
    expect(content).toEqual(ended.summary);
    const { losses, gaps, idealDistance } = summary;
    expect(gaps).toEqual({ dpo: losses.dpo - 1, sft: losses.sft - 0.5 });
    expect(idealDistance).toBeCloseTo(Math.hypot(gaps.dpo, gaps.sft), 12);
  });
});
