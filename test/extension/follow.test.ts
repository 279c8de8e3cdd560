import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { follow } from "../../extension/src/follow.ts";
import { RunStore } from "../../extension/src/store.ts";
import { snapshot } from "../figures/messages.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("asks after a run while it goes on, then stops", async () => {
  const store = new RunStore();
  let seq = 0;
  const send = vi.fn(async () => {
    seq = Math.min(seq + 1, 10);
    return { ok: true, snapshots: [snapshot({ seq, step: seq, state: seq < 10 ? "running" : "finished" })] };
  });
  const done = follow("run-1", send, store);
  void follow("run-1", send, store); // a second order does not ask twice as often
  await vi.advanceTimersByTimeAsync(60_000);
  await done;
  expect(store.get("run-1")).toMatchObject({ step: 10, state: "finished" });
  expect(send.mock.calls.length).toBeGreaterThanOrEqual(10);
  expect(send.mock.calls.length).toBeLessThanOrEqual(14);
});

it("is patient anew when it is asked again, also while it waits a last time", async () => {
  const store = new RunStore();
  let state: "paused" | "running" | "finished" = "paused";
  let seq = 1;
  const send = vi.fn(async () => {
    if (state === "running" && seq++ > 5) state = "finished";
    return { ok: true, snapshots: [snapshot({ runId: "run-3", seq, step: seq, state })] };
  });
  const first = follow("run-3", send, store); // news, then three answers without
  await vi.advanceTimersByTimeAsync(1900);
  expect(send).toHaveBeenCalledTimes(4);
  state = "running"; // resumed while the first following waits before it ends
  void follow("run-3", send, store);
  await vi.advanceTimersByTimeAsync(60_000);
  await first;
  expect(store.get("run-3")).toMatchObject({ state: "finished" });
});

it("gives up when the kernel does not answer", async () => {
  const send = vi.fn(async () => ({ ok: false, error: "gone" }));
  await follow("run-2", send, new RunStore());
  expect(send).toHaveBeenCalledTimes(1);
});

it("asks nothing while news come by themselves", async () => {
  const store = new RunStore();
  let seq = 0;
  const news = setInterval(() => {
    seq++;
    store.receive([snapshot({ runId: "run-4", seq, state: seq < 50 ? "running" : "finished" })]);
    if (seq === 50) clearInterval(news);
  }, 100);
  const send = vi.fn(async () => ({ ok: true, snapshots: [] }));
  const done = follow("run-4", send, store);
  await vi.advanceTimersByTimeAsync(60_000);
  await done;
  expect(send.mock.calls.length).toBeLessThanOrEqual(5); // the first, and those after the end
});
