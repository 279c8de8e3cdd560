/** The Ray executor against a real Ray that the test installs and starts; skipped with a word where it can't be installed. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rayExecutor, sweep } from "../../src/index.ts";
import { RunDirectory } from "../../src/runs/directory.ts";
import { asOnAPool, base, endedAsAlone, long } from "./cluster.ts";
import { commandOf, findRay, parentOf, RayHead } from "./ray-head.ts";

const ray = findRay();
const directory = mkdtempSync(join(tmpdir(), "alright-real-ray-"));

describe.skipIf(ray === null)("runs as jobs of a real Ray", () => {
  let head: RayHead;
  beforeAll(async () => {
    head = await RayHead.start(ray!, 2);
  });
  afterAll(async () => {
    await head?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test("12 runs: the numbers of a pool of local processes, bit for bit", async () => {
    const grid = {
      base: { ...base, ideal: "runs" as const },
      methods: ["alright", "mix"],
      lambda: [0.3, 0.7],
      seeds: [1, 2, 3],
    };
    const logs: string[] = [];
    const onRay = rayExecutor({ address: head.address, slots: 2, onLog: (_run, text) => logs.push(text) });
    const there = await asOnAPool(grid, onRay, join(directory, "numbers"));
    expect(head.ended).toBeNull();
    expect(there.finished).toBe(12);
    // f* of both objectives for three seeds, whichever run came first.
    expect(there.shared).toHaveLength(6);
    expect(logs.join("")).toContain(there.list[0]!.run);
  });

  test("a worker that is killed in mid-run: the run goes on from its checkpoint in another job", async () => {
    const runs = join(directory, "killed");
    const swept = sweep(
      { base: long, methods: ["mix"] },
      { runs, executor: rayExecutor({ address: head.address, slots: 1 }) },
    );
    let killed = "";
    let over = false;
    void swept.done.finally(() => {
      over = true;
    });
    while (killed === "" && !over) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const [name] = readdirSync(runs).filter((name) => name.startsWith("mix-"));
      const run = name === undefined ? null : new RunDirectory(join(runs, name));
      if (!run || !readdirSync(run.checkpoints).some((step) => /^\d+$/.test(step))) continue;
      // The trainer, the command line, perhaps a shell, then the worker of Ray that holds the job.
      let pid = run.liveOwner() ?? 0;
      while (pid > 1 && !/^ray::/.test(commandOf(pid))) pid = parentOf(pid);
      if (pid <= 1) continue;
      killed = commandOf(pid);
      process.kill(pid, "SIGKILL");
    }
    const summary = await swept.done;
    expect(head.ended).toBeNull();
    expect(summary.failures).toEqual([]);
    expect(killed).toMatch(/JobSupervisor/);
    await endedAsAlone(summary, runs);
  });
});
