import { expect, it } from "vitest";
import { progressOf, roughly } from "../../extension/src/status/progress.ts";
import { path, snapshot } from "../figures/messages.ts";

const run = (state: "running" | "preparing" | "finished", step: number, seconds: number) => ({
  ...snapshot({
    ...path(
      [
        [2, 1],
        [1, 1],
      ],
      1,
    ),
    runId: `${state}${step}`,
    state,
    steps: 100,
  }),
  step,
  resources: { seconds, tokens: 1, peakMemory: null },
});

it("what is under way is counted, and its time reckoned from its mean step", () => {
  const { going, step, steps, left } = progressOf([
    run("running", 20, 10),
    run("running", 50, 10),
    run("finished", 100, 50),
  ]);
  expect([going.length, step, steps, left]).toEqual([2, 70, 200, 40]);
});

it("no time is said while one has made no step", () => {
  expect(progressOf([run("running", 20, 10), run("preparing", 0, 0)]).left).toBeNull();
  expect(progressOf([]).left).toBeNull();
});

it("time is rounded as people say it", () => {
  expect([0, 59.4, 90, 3599, 7800].map((seconds) => roughly(seconds))).toEqual([
    "1 s",
    "59 s",
    "2 min",
    "1 h 0 min",
    "2 h 10 min",
  ]);
});
