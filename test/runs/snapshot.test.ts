import { describe, expect, test } from "vitest";
import { decodeEvent, encodeEvent } from "../../src/runs/event-log.ts";
import type { RunEvent } from "../../src/runs/events.ts";
import { RunSnapshot } from "../../src/runs/snapshot.ts";
import { SnapshotBuilder } from "../../src/runs/snapshot-builder.ts";
import { toySpecification } from "../../src/runs/toy-defaults.ts";

const specification = toySpecification({ model: "toy:conflict", method: { name: "alright", lambda: 0.5 } });
const time = "2026-01-01T00:00:00.000Z";

function evaluated(step: number, theta?: [number, number]): RunEvent {
  const losses = { dpo: 1.23456789 + step, sft: 2 / 3 };
  return { type: "evaluated", step, time, losses, ...(theta ? { theta } : {}) };
}
function stepped(step: number, losses: Record<string, number>): RunEvent {
  const objective = Object.keys(losses)[0]!;
  const rest = { gradNorm: 1, tokens: 10, seconds: 0.5, learningRate: 1 };
  return { type: "step", step, time, objective, losses, ...rest };
}

describe("a snapshot", () => {
  test("of a long run stays within 1,000 points and 25 kB, has its first and last point, and fits its schema", () => {
    const builder = new SnapshotBuilder({ id: "run", specification }, 0);
    builder.add({ type: "started", step: 0, time, steps: 200_000, ideal: null });
    builder.add(evaluated(0, [5, -9.9]));
    for (let step = 1; step <= 200_000; step++) {
      builder.add(stepped(step, step % 2 ? { dpo: 1 / step } : { sft: 1000 / 3 }));
      if (step % 37 === 0) builder.add(evaluated(step, [Math.PI * step, -Math.E * step]));
    }
    builder.add(evaluated(200_000, [1, 2]));
    const snapshot = builder.snapshot();
    expect(RunSnapshot.parse(snapshot)).toEqual(snapshot);
    expect(JSON.stringify(snapshot).length).toBeLessThanOrEqual(25_000);
    expect(snapshot.series.step.length + snapshot.series.trainStep.length).toBeLessThanOrEqual(1000);
    expect(snapshot.series.step[0]).toBe(0);
    expect(snapshot.series.step.at(-1)).toBe(200_000);
    expect(snapshot.series.theta!.at(-1)).toEqual([1, 2]);
    expect(snapshot.series.theta!.length).toBe(snapshot.series.step.length);
    expect(snapshot.series.trainStep.at(-1)).toBe(200_000);
    expect(snapshot.series.step.length).toBeGreaterThan(100);
  });

  test("has numbers to six digits, and null where an objective was not seen", () => {
    const builder = new SnapshotBuilder({ id: "run", specification }, 0);
    builder.add(stepped(1, { dpo: 0.123456789 }));
    builder.add(stepped(2, { sft: 2 / 3 }));
    builder.add(evaluated(2));
    const { series } = builder.snapshot();
    expect(series.trainDpo).toEqual([0.123457, null]);
    expect(series.trainSft).toEqual([null, 0.666667]);
    expect(series.dpo).toEqual([3.23457]);
  });

  test("counts every event in seq, from those that were cut before", () => {
    const builder = new SnapshotBuilder({ id: "run", specification }, 1000);
    builder.add(evaluated(0));
    expect(builder.snapshot().seq).toBe(1001);
  });

  test("decimated training losses are means over neighbouring steps", () => {
    const builder = new SnapshotBuilder({ id: "run", specification }, 0);
    for (let step = 1; step <= 800; step++) builder.add(stepped(step, { sft: step }));
    const { trainStep, trainSft } = builder.snapshot().series;
    expect(trainStep.length).toBe(400);
    expect(trainStep.slice(0, 3)).toEqual([2, 4, 6]);
    expect(trainSft.slice(0, 3)).toEqual([1.5, 3.5, 5.5]);
  });

  test("says what its steps were for, and the chosen's and the rejected's log-probabilities where they were seen", () => {
    const builder = new SnapshotBuilder({ id: "run", specification }, 0);
    builder.add({
      ...stepped(1, { dpo: 0.5 }),
      rewards: { chosen: 0.3, rejected: 0.1, margin: 0.2, accuracy: 1 },
      logProbs: { chosen: -10, rejected: -12 },
    } as RunEvent);
    builder.add(stepped(2, { sft: 1 }));
    const { objective: _, ...mixed } = stepped(3, { dpo: 1, sft: 1 }) as RunEvent & { type: "step" };
    builder.add({ ...mixed, weights: { dpo: 0.25, sft: 0.75 } });
    builder.add({ ...evaluated(3), usage: { cpu: 100, memory: 5e8, samples: 3 } } as RunEvent);
    const { series } = builder.snapshot();
    expect(series.trainDpoShare).toEqual([1, 0, 0.25]);
    expect(series.trainChosen).toEqual([-10, null, null]);
    expect(series.trainRejected).toEqual([-12, null, null]);
    expect(series.trainMargin).toEqual([0.2, null, null]);
    expect(series.seconds).toEqual([1.5]);
    expect(series.memory).toEqual([5e8]);
    expect(RunSnapshot.parse(builder.snapshot())).toEqual(builder.snapshot());
  });

  test("of a long run with all that a step can tell stays within 25 kB", () => {
    const builder = new SnapshotBuilder({ id: "run", specification }, 0);
    for (let step = 1; step <= 100_000; step++) {
      builder.add({
        ...stepped(step, { dpo: 1 / step, sft: 2 / 3 }),
        rewards: { chosen: 1 / 3, rejected: 1 / 7, margin: 1 / step, accuracy: 1 },
        logProbs: { chosen: -100 / 3, rejected: -1000 / 7 },
      } as RunEvent);
      if (step % 100 === 0)
        builder.add({ ...evaluated(step), usage: { cpu: 1, memory: 2 ** 30 / 3, samples: 1 } } as RunEvent);
    }
    const snapshot = builder.snapshot();
    expect(JSON.stringify(snapshot).length).toBeLessThanOrEqual(25_000);
    expect(snapshot.series.step.length).toBeGreaterThan(60);
    expect(snapshot.series.trainStep.length).toBeGreaterThan(90);
    expect(snapshot.series.trainChosen!.length).toBe(snapshot.series.trainStep.length);
    expect(snapshot.series.memory!.length).toBe(snapshot.series.step.length);
  });

  test("knows states: preparing with its note, paused with its reason, failed with its error", () => {
    const builder = new SnapshotBuilder({ id: "run", specification }, 0);
    expect(builder.snapshot().state).toBe("preparing");
    builder.add({ type: "preparing", step: 0, time, note: "f* of DPO" });
    expect(builder.snapshot().note).toBe("f* of DPO");
    builder.add({ type: "started", step: 0, time, steps: 7, ideal: { dpo: 0.5, sft: 1.5 } });
    expect(builder.snapshot()).toMatchObject({
      state: "running",
      note: null,
      steps: 7,
      ideal: { dpo: 0.5, sft: 1.5 },
    });
    builder.add({ type: "paused", step: 3, time, reason: "test" });
    expect(builder.snapshot()).toMatchObject({ state: "paused", note: "test" });
    builder.add({ type: "resumed", step: 3, time });
    builder.add({ type: "failed", step: 4, time, error: "NaN" });
    expect(builder.snapshot()).toMatchObject({ state: "failed", note: "NaN" });
  });
});

test("events keep full precision, and NaN and infinities as strings", () => {
  const event = stepped(1, { dpo: 0.1 + 0.2, sft: Number.NaN });
  const line = encodeEvent({ ...event, gradNorm: -Infinity } as RunEvent);
  expect(line).toContain('"sft":"NaN"');
  expect(decodeEvent(line)).toMatchObject({
    losses: { dpo: 0.1 + 0.2, sft: Number.NaN },
    gradNorm: -Infinity,
  });
});
