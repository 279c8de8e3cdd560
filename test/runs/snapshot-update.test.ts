import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/runs/events.ts";
import type { RunSnapshot } from "../../src/runs/snapshot.ts";
import { SnapshotBuilder } from "../../src/runs/snapshot-builder.ts";
import { updateBetween, updated } from "../../src/runs/snapshot-update.ts";
import { toySpecification } from "../../src/runs/toy-defaults.ts";
import { snapshot, withMetrics } from "../figures/messages.ts";

/** As it comes through a message. */
const sent = (before: RunSnapshot, now: RunSnapshot) =>
  JSON.parse(JSON.stringify(updateBetween(before, now)));

/** A run with its first `count` evaluated points. */
function until(count: number, more: Partial<RunSnapshot> = {}): RunSnapshot {
  const cut = (name: string, values: readonly unknown[]) =>
    values.slice(0, name.startsWith("train") ? 10 * count : count);
  const series = Object.entries(withMetrics.series).map(([name, values]) => [name, cut(name, values)]);
  return {
    ...withMetrics,
    state: "running",
    seq: count,
    step: 10 * count,
    series: Object.fromEntries(series),
    ...more,
  };
}

/** The largest difference between two columns, as a share of the second one's range. */
function furthest(a: readonly (number | null)[], b: readonly (number | null)[]): number {
  const numbers = b.filter((value) => value !== null);
  const range = Math.max(...numbers) - Math.min(...numbers);
  const differences = b.map((value, i) =>
    value === null || a[i] === null ? Number(value !== a[i]) : Math.abs(value - a[i]!),
  );
  return Math.max(...differences) / range;
}

describe("an update of a run", () => {
  it("has only what is new, exactly, and leads to the run as it is", () => {
    const [before, now] = [until(38), until(39)];
    const update = sent(before, now);
    expect(updated(before, update)).toEqual(now);
    expect(JSON.stringify(update).length).toBeLessThan(0.15 * JSON.stringify(now).length);
    expect(update.run).toEqual({ runId: "metrics", seq: 39, step: 390 });
  });

  it("can be taken by whoever has a later snapshot, and by nobody who has an older one", () => {
    const update = sent(until(31), until(33));
    expect(updated(until(32), update)).toEqual(until(33));
    expect(updated(until(30), update)).toBeNull();
  });

  it("whose points have all moved is smaller than its numbers, and off by less than a plot can show", () => {
    const before = snapshot({ state: "running", seq: 1 });
    const now = until(40, { runId: "run-1" });
    const update = sent(before, now);
    const drawn = updated(before, update)!;
    for (const name of [
      "dpo",
      "sft",
      "trainDpo",
      "trainSft",
      "trainChosen",
      "trainMargin",
      "seconds",
    ] as const)
      expect(furthest(drawn.series[name]!, now.series[name]!), name).toBeLessThan(1e-5);
    for (const name of ["step", "trainStep", "trainDpoShare"] as const)
      expect(drawn.series[name]).toEqual(now.series[name]);
    expect(JSON.stringify(update.series.dpo).length).toBeLessThan(
      0.25 * JSON.stringify(now.series.dpo).length,
    );
  });

  it("says which columns are gone, and has weights as they are", () => {
    const theta = Array.from({ length: 50 }, (_, i): [number, number] => [i / 3, 1 - i / 7]);
    const [before, now] = [until(20), until(21, { series: { ...snapshot().series, theta } })];
    const drawn = updated(before, sent(before, now))!;
    expect(drawn.series).toEqual(now.series);
  });

  it("is small for all of a long run but where its points are thinned", () => {
    const builder = new SnapshotBuilder(
      {
        id: "long",
        specification: toySpecification({ model: "toy:conflict", method: { name: "mix", lambda: 0.5 } }),
      },
      0,
    );
    let before = builder.snapshot();
    let bytes = 0;
    let whole = 0;
    for (let step = 1; step <= 4000; step++) {
      for (const event of eventsAt(step)) builder.add(event);
      if (step % 5 !== 0) continue;
      const now = builder.snapshot();
      const update = sent(before, now);
      expect(updated(before, update)!.series.step).toEqual(now.series.step);
      bytes += JSON.stringify(update).length;
      whole += JSON.stringify(now).length;
      before = now;
    }
    expect(bytes).toBeLessThan(0.1 * whole);
  });
});

function eventsAt(step: number): RunEvent[] {
  const losses = { dpo: 1 / step + Math.sin(step) / 50, sft: 2 + Math.cos(step) / 50 };
  const time = new Date(step * 1000).toISOString();
  const taken = {
    type: "step",
    step,
    time,
    objective: step % 2 ? "dpo" : "sft",
    losses,
    gradNorm: 1,
    tokens: 9,
    seconds: 0.1,
    learningRate: 1,
  };
  const evaluated = { type: "evaluated", step, time, losses };
  return (step % 5 === 0 ? [taken, evaluated] : [taken]) as unknown as RunEvent[];
}
