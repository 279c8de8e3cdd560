import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { RunStore } from "../../extension/src/store.ts";
import { Feed } from "../../kernel/protocol/feed.ts";
import { UPDATE_MIME, type UpdateMessage } from "../../src/runs/snapshot-update.ts";
import { path, snapshot } from "../figures/messages.ts";

// What the kernel process tells of its runs, and what a front end's store makes of it.

let messages: UpdateMessage[] = [];
let feed: Feed;
beforeEach(() => {
  vi.useFakeTimers();
  messages = [];
  feed = new Feed((_kind, content) => messages.push(JSON.parse(JSON.stringify(content.data[UPDATE_MIME]))));
});
afterEach(() => {
  vi.useRealTimers();
});

const going = (seq: number, more = {}) => snapshot({ runId: "a", state: "running", seq, step: seq, ...more });

/** @returns whether it had all that it needed */
function hear(store: RunStore, { snapshots, updates }: UpdateMessage): boolean {
  store.receive(snapshots, "k1");
  return updates.map((update) => store.update(update, "k1")).every(Boolean);
}

it("tells ten times a second at most, of changed runs only, and of the newest", () => {
  feed.add(going(1));
  feed.add(snapshot({ runId: "b", state: "running", seq: 1 }));
  for (let seq = 2; seq <= 200; seq++) {
    vi.advanceTimersByTime(10);
    feed.add(going(seq));
  }
  vi.advanceTimersByTime(100);
  expect(messages.length).toBeGreaterThan(15);
  expect(messages.length).toBeLessThanOrEqual(21);
  const told = messages.flatMap(({ snapshots, updates }) => [...snapshots, ...updates.map(({ run }) => run)]);
  expect(told.filter(({ runId }) => runId === "b").length).toBe(1);
  expect(told.at(-1)!.seq).toBe(200);
});

it("twelve runs of which every point moves stay below what Jupyter Server lets a kernel send", () => {
  const runs = (update: number) =>
    Array.from({ length: 12 }, (_, i) =>
      snapshot({
        ...path(
          [
            [1.9 + update / 1000, 1],
            [1.5, 0.2],
          ],
          400,
        ),
        runId: `run-${i}`,
        state: "running",
        seq: update,
      }),
    );
  for (let update = 1; update <= 100; update++) {
    for (const run of runs(update)) feed.add(run);
    vi.advanceTimersByTime(100);
  }
  const characters = JSON.stringify(messages.slice(1)).length;
  expect(messages.length).toBeGreaterThan(10);
  expect(characters / 10).toBeLessThan(750_000);
});

it("a store that hears all of it has the runs; what a run ended as, exactly", () => {
  const store = new RunStore();
  for (let seq = 1; seq <= 40; seq++) {
    feed.add(
      going(
        seq,
        path(
          [
            [1.9, 1],
            [1.5, 0.2],
          ],
          seq,
        ),
      ),
    );
    vi.advanceTimersByTime(200);
  }
  const end = snapshot({
    ...path(
      [
        [1.9, 1],
        [1.5, 0.2],
      ],
      40,
    ),
    runId: "a",
    state: "finished",
    seq: 41,
  });
  feed.add(end);
  vi.advanceTimersByTime(200);
  for (const message of messages) expect(hear(store, message)).toBe(true);
  expect(store.get("a")).toEqual(end);
});

it("a store that missed something says so, hears nothing of it until it has the whole, and then goes on", () => {
  const store = new RunStore();
  for (let seq = 1; seq <= 6; seq++) {
    feed.add(going(seq));
    vi.advanceTimersByTime(200);
  }
  const [first, , third, fourth, fifth, sixth] = messages;
  hear(store, first!);
  expect(hear(store, third!)).toBe(false);
  expect(store.get("a")!.seq).toBe(1);
  store.receive([going(4)], "k1"); // the kernel's answer
  expect(hear(store, fourth!)).toBe(true); // old news
  expect(hear(store, fifth!)).toBe(true);
  expect(store.get("a")!.step).toBe(5);
  store.keepOnly("k1", []); // the kernel seemed gone; the store says that the run is paused
  expect(hear(store, sixth!)).toBe(false);
  expect(store.get("a")!.state).toBe("paused");
});

it("a store takes nothing that is no update", () => {
  const store = new RunStore();
  store.receive([going(1)]);
  for (const junk of [
    null,
    7,
    {},
    { after: 1 },
    { after: 1, run: { runId: "a", seq: 2 } },
    { after: "1", run: going(2), series: {} },
  ])
    expect(store.update(junk, "k1")).toBe(true);
  expect(store.get("a")!.seq).toBe(1);
});

it("keeps nothing of a run that is gone: what waits of it is not told, and it would be told whole", () => {
  feed.add(going(1));
  vi.advanceTimersByTime(100);
  feed.add(going(2));
  feed.forget("a");
  vi.advanceTimersByTime(1000);
  expect(messages).toHaveLength(1);
  feed.add(going(3));
  vi.advanceTimersByTime(100);
  expect(messages[1]).toMatchObject({ snapshots: [{ runId: "a", seq: 3 }], updates: [] });
});
