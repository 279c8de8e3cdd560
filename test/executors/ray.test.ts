/** The executor against a server that speaks as Ray does; test/long/ray.test.ts has a real Ray. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rayExecutor, resumeSweep, sweep } from "../../src/index.ts";
import { RunDirectory } from "../../src/runs/directory.ts";
import { computed, trainHere } from "../training/in-process.ts";
import { FakeRay } from "./fake-ray.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-ray-"));
const ray = new FakeRay();
let address: string;
beforeAll(async () => {
  address = await ray.listen();
});
afterAll(() => {
  ray.close();
  rmSync(directory, { recursive: true });
});

const base = {
  model: "toy:conflict",
  data: {},
  steps: 40_000,
  evaluation: { every: 4000 },
  checkpoint: { every: 1000 },
};
const executor = (more = {}) => rayExecutor({ address, slots: 2, interval: 100, ...more });

describe("runs as jobs of Ray", () => {
  test("submitted with their resources, followed to their ends, with the same numbers as here", async () => {
    const runs = join(directory, "runs-1");
    const logs: string[] = [];
    const options = {
      cpus: 2,
      memory: 5e8,
      resources: { disk: 1 },
      headers: { Authorization: "Bearer of-a-test" },
      onLog: (_run: string, text: string) => logs.push(text),
    };
    const short = { ...base, steps: 400 };
    const swept = sweep({ base: short, methods: ["mix", "alright"] }, { runs, executor: executor(options) });
    const summary = await swept.done;
    expect(summary).toMatchObject({ state: "finished", finished: 2, failed: 0 });
    const [job] = [...ray.jobs.values()];
    expect(job!.request).toMatchObject({
      entrypoint_num_cpus: 2,
      entrypoint_num_gpus: 0,
      entrypoint_memory: 5e8,
      entrypoint_resources: { disk: 1 },
      metadata: { run: summary.list[0]!.run },
    });
    expect(new Set(ray.headers)).toEqual(new Set(["Bearer of-a-test"]));
    expect(logs.join("")).toContain(`run ${summary.list[0]!.run}`);
    for (const { run, method } of summary.list) {
      const alone = await trainHere({ ...short, method: { name: method }, threads: 2 }, { runs });
      expect(computed({ path: join(runs, run!) })).toEqual(computed(alone.directory));
    }
  });

  test("a worker that is killed in mid-run: the run goes on from its checkpoint on another", async () => {
    const runs = join(directory, "runs-2");
    const before = ray.jobs.size;
    const swept = sweep({ base, methods: ["mix"] }, { runs, executor: executor() });
    await until(() => {
      const job = [...ray.jobs.values()][before];
      const run = job && new RunDirectory(join(runs, (job.request.metadata as { run: string }).run));
      const trainer = run?.liveOwner() ?? null;
      if (trainer === null || !stepsOf(run!)) return false;
      process.kill(trainer, "SIGKILL");
      job!.child?.kill("SIGKILL");
      return true;
    });
    const summary = await swept.done;
    expect(summary).toMatchObject({ state: "finished", finished: 1, failed: 0 });
    expect(ray.jobs.size).toBe(before + 2);
    const alone = await trainHere({ ...base, method: { name: "mix" }, threads: 1 }, { runs });
    expect(computed({ path: join(runs, summary.list[0]!.run!) })).toEqual(computed(alone.directory));
  });

  test("paused: the job is stopped, and the run goes on from its checkpoint when the sweep is resumed", async () => {
    const runs = join(directory, "runs-3");
    const before = ray.jobs.size;
    const swept = sweep({ base, methods: ["mix"] }, { runs, executor: executor() });
    await until(() => {
      const job = [...ray.jobs.values()][before];
      return (
        job !== undefined &&
        stepsOf(new RunDirectory(join(runs, (job.request.metadata as { run: string }).run)))
      );
    });
    await swept.pause();
    const paused = await swept.done;
    expect(paused).toMatchObject({ state: "paused", finished: 0, waiting: 1 });
    expect([...ray.jobs.values()][before]!.status).toBe("STOPPED");
    const summary = await resumeSweep(swept.directory, { executor: executor() }).done;
    expect(summary).toMatchObject({ state: "finished", finished: 1 });
  });

  test("a cluster that is not there, addresses and headers of another kind", async () => {
    expect(() => rayExecutor({ address: "ray://head:10001" })).toThrow("expected its dashboard's address");
    process.env.RAY_JOB_HEADERS = '["secret"]';
    try {
      expect(() => rayExecutor({ address })).toThrow("RAY_JOB_HEADERS is not a JSON object");
      expect(() => rayExecutor({ address })).not.toThrow("secret");
    } finally {
      delete process.env.RAY_JOB_HEADERS;
    }
    const gone = rayExecutor({ address: "http://127.0.0.1:9", slots: 1 });
    const runs = join(directory, "runs-4");
    const summary = await sweep({ base, methods: ["mix"] }, { runs, executor: gone, retries: 1 }).done;
    expect(summary).toMatchObject({ failed: 1 });
    expect(summary.failures[0]!.error).toMatch(/127\.0\.0\.1:9.*is the cluster up\?/);
  });
});

/** Whether it has a checkpoint. */
function stepsOf({ checkpoints }: RunDirectory): boolean {
  try {
    return readdirSync(checkpoints).some((name) => /^\d+$/.test(name));
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50));
}
