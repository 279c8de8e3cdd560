/** The Slurm executor against Debian's slurmctld and slurmd, which the test unpacks and starts; skipped with a word elsewhere. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localExecutor, resumeSweep, slurmExecutor, sweep } from "../../src/index.ts";
import { RunDirectory } from "../../src/runs/directory.ts";
import { computed, trainHere } from "../training/in-process.ts";
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

  const base = {
    model: "toy:conflict",
    data: {},
    steps: 2000,
    evaluation: { every: 500 },
    checkpoint: { every: 500 },
  };
  const executor = (slots: number) => slurmExecutor({ slots, interval: 500, slurm: cluster.command });

  test("four runs: the numbers of a pool of local processes, bit for bit", async () => {
    const grid = { base, methods: ["alright", "mix"], lambda: [0.3, 0.7] };
    const [far, near] = [join(directory, "far"), join(directory, "near")];
    const there = await sweep(grid, { runs: far, executor: executor(4) }).done;
    expect(there).toMatchObject({ state: "finished", finished: 4, failed: 0 });
    // One array of four tasks: its script and four outputs.
    expect(readdirSync(join(far, ".slurm")).filter((name) => name.endsWith(".sh"))).toHaveLength(1);
    const here = await sweep(grid, { runs: near, executor: localExecutor({ processes: 1, threads: 1 }) })
      .done;
    for (const [i, { run }] of there.list.entries())
      expect(computed({ path: join(far, run!) })).toEqual(computed({ path: join(near, here.list[i]!.run!) }));
  });

  test("a task that is killed goes on from its checkpoint as another; a paused one when the sweep is resumed", async () => {
    const runs = join(directory, "killed");
    const long = { ...base, steps: 200_000, evaluation: { every: 20_000 }, checkpoint: { every: 1000 } };
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
    expect(summary).toMatchObject({ state: "finished", finished: 1 });
    const alone = await trainHere({ ...long, method: { name: "mix" }, threads: 1 }, { runs });
    expect(computed({ path: join(runs, summary.list[0]!.run!) })).toEqual(computed(alone.directory));
  });
});
