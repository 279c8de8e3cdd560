import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Run, readEvents, resumeRun, type SpecificationInput, train } from "../../src/index.ts";
import { commandIn } from "../cli/alright.ts";

const runs = mkdtempSync(join(tmpdir(), "alright-steer-"));
afterAll(() => rmSync(runs, { recursive: true }));

function reached(run: Run, least: number): Promise<void> {
  return new Promise((resolve) => {
    const end = run.onSnapshot(({ step }) => {
      if (step < least) return;
      end();
      resolve();
    });
  });
}

async function paused(method: SpecificationInput["method"], steps: number): Promise<Run> {
  const run = train({ model: "toy:conflict", method, steps } as SpecificationInput, { runs });
  await reached(run, 1);
  await run.pause();
  expect(run.state).toBe("paused");
  return run;
}

const steered = (run: Run) =>
  readEvents(join(run.directory, "events.jsonl")).filter(({ type }) => type === "steered");

describe("steering a paused run", () => {
  test("is an event at once, and acts where another process resumes the run", async () => {
    const run = await paused({ name: "alright", lambda: 0.1 }, 100_000);
    const { step, seq } = run.snapshot();
    await run.steer({ lambda: 1 });
    expect(steered(run)).toMatchObject([{ step: step + 1, options: { lambda: 1 } }]);
    expect(run.snapshot()).toMatchObject({ state: "paused", lambda: 1 });
    expect(run.snapshot().seq).toBeGreaterThan(seq);
    const resumed = commandIn(runs)("train", "--resume", run.directory);
    expect([resumed.status, resumed.stderr]).toEqual([0, ""]);
    const after = readEvents(join(run.directory, "events.jsonl")).flatMap((event) =>
      event.type === "step" && event.step > step ? [event.objective] : [],
    );
    expect(after).toHaveLength(100_000 - step);
    // λ = 1 draws DPO in every step.
    expect(new Set(after)).toEqual(new Set(["dpo"]));
    expect(steered(run)).toHaveLength(1);
  });

  test("to what can't be is refused in words, and not recorded", async () => {
    const run = await paused({ name: "alright" }, 50_000_000);
    await expect(run.steer({ lambda: 2 })).rejects.toThrow(/lambda is 2; expected within \[0, 1\]/);
    await expect(run.steer({ lambda: Number.NaN })).rejects.toThrow(/lambda is NaN/);
    await expect(run.steer({ lamda: 0.5 } as never)).rejects.toThrow(/did you mean "lambda"\?/);
    await run.stop();
    await expect(run.steer({ lambda: 0.5 })).rejects.toThrow(/is stopped; there is nothing to steer/);
    await expect(run.pause()).rejects.toThrow(/is stopped; there is nothing to pause/);
    await expect(run.stop()).rejects.toThrow(/is stopped; there is nothing to stop/);
    expect(steered(run)).toEqual([]);
  });

  test("of a method without λ is refused, paused or running", async () => {
    const run = await paused({ name: "sft" }, 50_000_000);
    const words = /method "sft" has no option "lambda" \(it takes none\)/;
    await expect(run.steer({ lambda: 0.5 })).rejects.toThrow(words);
    await run.resume();
    await expect(run.steer({ lambda: 0.5 })).rejects.toThrow(words);
    await run.stop();
    expect(steered(run)).toEqual([]);
  });

  test("that another process has resumed is refused: it is steered there", async () => {
    const run = await paused({ name: "mix" }, 50_000_000);
    const elsewhere = resumeRun(run.id, { runs });
    await reached(elsewhere, run.snapshot().step + 1);
    await expect(run.steer({ lambda: 0.5 })).rejects.toThrow(/has been resumed by another process/);
    await elsewhere.steer({ lambda: 0.9 });
    await elsewhere.stop();
    expect(steered(run)).toMatchObject([{ options: { lambda: 0.9 } }]);
  });
});
