/** The Slurm executor against Debian's slurmctld and slurmd, which the test unpacks and starts; skipped with a word elsewhere. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resumeSweep, slurmExecutor, sweep } from "../../src/index.ts";
import { RunDirectory } from "../../src/runs/directory.ts";
import { asOnAPool, base, endedAsAlone, long } from "./cluster.ts";
import { findSlurm, SlurmCluster } from "./slurm-cluster.ts";

const slurm = findSlurm();
const directory = mkdtempSync(join(tmpdir(), "alright-real-slurm-"));

describe.skipIf(slurm === null)("runs as tasks of a real Slurm", () => {
  let cluster: SlurmCluster;
  beforeAll(async () => {
    cluster = await SlurmCluster.start(slurm!, 2);
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const executor = (slots: number) => slurmExecutor({ slots, interval: 500, slurm: cluster.command });

  test("four runs: the numbers of a pool of local processes, bit for bit", async () => {
    const grid = { base, methods: ["alright", "mix"], lambda: [0.3, 0.7] };
    const there = await asOnAPool(grid, executor(4), directory);
    expect(there.finished).toBe(4);
    // One array of four tasks: its script and four outputs.
    expect(readdirSync(join(directory, "far", ".slurm")).filter((name) => name.endsWith(".sh"))).toHaveLength(
      1,
    );
  });

  test("a task that is killed goes on from its checkpoint as another; a paused one when the sweep is resumed", async () => {
    const runs = join(directory, "killed");
    const swept = sweep({ base: long, methods: ["mix"] }, { runs, executor: executor(1) });
    const trainer = async (not: number) => {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        const [name] = readdirSync(runs).filter((name) => name.startsWith("mix-"));
        if (name === undefined) continue;
        const run = new RunDirectory(join(runs, name));
        const pid = run.liveOwner();
        const written = readdirSync(run.checkpoints).some((step) => /^\d+$/.test(step));
        if (written && pid !== null && pid !== not) return pid;
      }
    };
    const first = await trainer(0);
    await cluster.command("scancel", ["--full", "--signal=KILL", "--name=alright"]);
    await trainer(first);
    await swept.pause();
    expect(await swept.done).toMatchObject({ state: "paused", finished: 0, failed: 0 });
    const summary = await resumeSweep(swept.directory, { executor: executor(1) }).done;
    await endedAsAlone(summary, runs);
  });
});
