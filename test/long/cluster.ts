import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "vitest";
import { type Executor, localExecutor, type SweepInput, type SweepSummary, sweep } from "../../src/index.ts";
import { computed, trainHere } from "../training/in-process.ts";

/** What the tests of clusters train. */
export const base = {
  model: "toy:conflict",
  data: {},
  steps: 2000,
  evaluation: { every: 500 },
  checkpoint: { every: 500 },
};

/** The same for long enough to be killed in. */
export const long = { ...base, steps: 200_000, evaluation: { every: 20_000 }, checkpoint: { every: 1000 } };

/** A sweep on a cluster, every run compared bit for bit with the same one of a pool of local processes. */
export async function asOnAPool(input: SweepInput, executor: Executor, place: string): Promise<SweepSummary> {
  const [far, near] = [join(place, "far"), join(place, "near")];
  const there = await sweep(input, { runs: far, executor }).done;
  expect(there).toMatchObject({ state: "finished", finished: there.total, failed: 0, failures: [] });
  const pool = localExecutor({ processes: 1, threads: 1 });
  const here = await sweep(input, { runs: near, executor: pool }).done;
  expect(here.list.map(({ state }) => state)).toEqual(there.list.map(({ state }) => state));
  for (const [i, { run }] of there.list.entries())
    expect(computed({ path: join(far, run!) })).toEqual(computed({ path: join(near, here.list[i]!.run!) }));
  return there;
}

/** That the one run of a sweep of `long` with Mix ended as it does where nothing interrupts it. */
export async function endedAsAlone(summary: SweepSummary, runs: string): Promise<void> {
  expect(summary).toMatchObject({ state: "finished", finished: 1, failed: 0 });
  const alone = await trainHere({ ...long, method: { name: "mix" }, threads: 1 }, { runs });
  expect(computed({ path: join(runs, summary.list[0]!.run!) })).toEqual(computed(alone.directory));
}

/** A port that nobody listens at. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
