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

it("gives up when the kernel does not answer", async () => {
  const send = vi.fn(async () => ({ ok: false, error: "gone" }));
  await follow("run-2", send, new RunStore());
  expect(send).toHaveBeenCalledTimes(1);
});
