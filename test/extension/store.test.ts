import { describe, expect, it } from "vitest";
import { forgetEnded } from "../../extension/src/forget-ended.ts";
import { RunStore, withNewest } from "../../extension/src/store.ts";
import { fourMethods, snapshot } from "../figures/messages.ts";

describe("the run store", () => {
  it("keeps the newest snapshot of each run and ignores old ones", () => {
    const store = new RunStore();
    const news: string[] = [];
    store.changed.connect((_, runId) => news.push(runId));
    store.receive([snapshot({ seq: 5, step: 50 })]);
    store.receive([snapshot({ seq: 4, step: 40 }), snapshot({ seq: 5, step: 51 })]);
    expect(store.get("run-1")?.step).toBe(50);
    store.receive([snapshot({ seq: 6, step: 60 })]);
    expect(store.get("run-1")?.step).toBe(60);
    expect(news).toEqual(["run-1", "run-1"]);
  });

  it("forgets a sweep's run that its plot has no more: nothing else says that it has ended", () => {
    const store = new RunStore();
    const told = (view: string, display: string, ...runs: ReturnType<typeof snapshot>[]) => {
      store.receive(runs, "kernel-1");
      forgetEnded({ view, runs }, display, store);
    };
    const [one, two] = ["one", "two"].map((runId) => snapshot({ runId, state: "running" })) as [
      ReturnType<typeof snapshot>,
      ReturnType<typeof snapshot>,
    ];
    const mean = snapshot({ runId: "sweep-1/0", state: "finished" });
    told("front", "sweep", one, two);
    // Another plot says nothing about the sweep's.
    told("objective", "plot", snapshot({ runId: "three", state: "running" }));
    told("objective", "plot");
    told("front", "sweep", mean, two);
    expect(store.runs.map(({ runId }) => runId).sort()).toEqual(["sweep-1/0", "three", "two"]);
    expect(store.holder("one")).toBeNull();
    told("front", "sweep", mean);
    expect(store.get("two")).toBeUndefined();
    expect(store.get("sweep-1/0")).toBeDefined();
    expect(() => forgetEnded({ view: "front", runs: [null] }, "sweep", store)).not.toThrow();
  });

  it("takes nothing that is no snapshot", () => {
    const store = new RunStore();
    for (const junk of [
      undefined,
      null,
      7,
      {},
      [null],
      [7],
      [{}],
      [{ runId: "x" }],
      [{ runId: 1, seq: 1 }],
      [{ runId: "x", seq: null }],
    ])
      store.receive(junk);
    expect(store.runs).toEqual([]);
  });

  it("does not grow without end", () => {
    const store = new RunStore();
    for (let i = 0; i < 2100; i++) store.receive([snapshot({ runId: `run-${i}` })]);
    expect(store.runs).toHaveLength(2000);
    expect(store.get("run-0")).toBeUndefined();
    expect(store.get("run-2099")).toBeDefined();
  });
});

describe("whose runs they are", () => {
  it("is known by kernel, in the order in which it told of them first", () => {
    const store = new RunStore();
    store.receive([snapshot({ runId: "a", seq: 1 }), snapshot({ runId: "b", seq: 1 })], "k1");
    store.receive([snapshot({ runId: "c", seq: 1 })], "k2");
    store.receive([snapshot({ runId: "a", seq: 2 })], "k1");
    expect(store.of("k1").map(({ runId, seq }) => [runId, seq])).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
    expect(store.of("k2").map(({ runId }) => runId)).toEqual(["c"]);
    expect(store.of("k3")).toEqual([]);
    expect(store.holder("a")).toBe("k1");
  });

  it("a restarted kernel holds its runs no longer, though they are still shown", () => {
    const store = new RunStore();
    const news: string[] = [];
    store.receive([snapshot({ runId: "a" }), snapshot({ runId: "b" })], "k1");
    store.changed.connect((_, runId) => news.push(runId));
    store.keepOnly("k1", ["b"]);
    expect(store.holder("a")).toBeNull();
    expect(store.holder("b")).toBe("k1");
    expect(store.of("k1").length).toBe(2);
    expect(news).toEqual(["a"]);
    store.receive([snapshot({ runId: "a" })], "k1"); // resumed there, nothing new yet
    expect(store.holder("a")).toBe("k1");
    expect(news).toEqual(["a", "a"]);
  });
});

it("a run that went on is paused when its kernel is gone, until a kernel tells of it again", () => {
  const store = new RunStore();
  const going = snapshot({ runId: "a", seq: 3, state: "running" });
  const message = { ...fourMethods, runs: [going] };
  store.receive([going, snapshot({ runId: "b", seq: 3, state: "finished" })], "k1");
  store.keepOnly("k1", []);
  expect(store.runs.map(({ state }) => state).sort()).toEqual(["finished", "paused"]);
  expect(withNewest(message, store).runs[0]!.state).toBe("paused"); // though the output says otherwise
  store.receive([going], "k1"); // the kernel held it after all
  expect(store.get("a")?.state).toBe("running");
  store.keepOnly("k1", []);
  store.receive([{ ...going, seq: 4 }], "k2"); // resumed in another one
  expect([store.get("a")?.state, store.holder("a")]).toEqual(["running", "k2"]);
});

describe("a message with the store's news", () => {
  it("takes a run from the store only where that is newer", () => {
    const store = new RunStore();
    store.receive([
      snapshot({ runId: "al", seq: 9, step: 999 }),
      snapshot({ runId: "mix", seq: 1, step: 7 }),
    ]);
    const runs = withNewest(fourMethods, store).runs;
    expect(runs.map((run) => run.step)).toEqual([400, 400, 999, 400]);
    expect(runs.map((run) => run.runId)).toEqual(fourMethods.runs.map((run) => run.runId));
  });
});
