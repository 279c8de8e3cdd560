import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { askKernel } from "../../extension/src/control.ts";
import { CONTROL_TARGET } from "../../src/runs/snapshot.ts";

/** As much of a kernel connection as the controls use. */
function kernel() {
  const comm = {
    isDisposed: false,
    onMsg: (_: unknown) => {},
    onClose: (_: unknown) => {},
    open: vi.fn(),
    // As JupyterLab's comm does: it tells of its end first, and is disposed then.
    close: vi.fn(() => {
      comm.onClose({});
      comm.isDisposed = true;
    }),
  };
  const createComm = vi.fn(() => comm);
  return { comm, createComm, connection: { createComm } as unknown as Parameters<typeof askKernel>[0] };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("asking the kernel", () => {
  it("opens one comm with the request and closes it with the answer", async () => {
    const { comm, createComm, connection } = kernel();
    const reply = askKernel(connection, { action: "pause", runId: "run-1" });
    expect(createComm).toHaveBeenCalledWith(CONTROL_TARGET);
    expect(comm.open).toHaveBeenCalledWith({ action: "pause", runId: "run-1" });
    comm.onMsg({ content: { data: { ok: false, error: "unknown run" } } });
    expect(await reply).toEqual({ ok: false, error: "unknown run" });
    expect(comm.close).toHaveBeenCalledTimes(1);
  });

  it("says so when the kernel closes the comm instead", async () => {
    const { comm, connection } = kernel();
    const reply = askKernel(connection, { action: "stop", runId: "run-1" });
    comm.onClose({});
    comm.isDisposed = true;
    expect(await reply).toMatchObject({ ok: false, error: expect.stringMatching(/closed/) });
  });

  it("says so when no answer comes", async () => {
    const { connection, comm } = kernel();
    const reply = askKernel(connection, { action: "snapshots" });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await reply).toMatchObject({ ok: false, error: expect.stringMatching(/did not answer/) });
    expect(comm.close).toHaveBeenCalledTimes(1);
  });
});
