/** The executor against Slurm's commands as recorded (fixtures), and as a stand-in that runs the tasks here. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ExecutorError } from "../../src/executors/error.ts";
import {
  arrayArguments,
  isGoing,
  parseAccounting,
  parseQueue,
  parseSubmitted,
  type SlurmCommand,
} from "../../src/executors/slurm-commands.ts";
import { resumeSweep, slurmExecutor, sweep } from "../../src/index.ts";
import { RunDirectory } from "../../src/runs/directory.ts";
import { computed, trainHere } from "../training/in-process.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-slurm-"));
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(directory, { recursive: true });
});

describe("what Slurm's commands say", () => {
  test("sbatch --parsable, alone and with several clusters", () => {
    expect(parseSubmitted("4711\n")).toBe("4711");
    expect(parseSubmitted("4711;cluster\n")).toBe("4711");
    expect(() => parseSubmitted("sbatch: error: invalid partition specified: longg\n")).toThrow(
      "expected a job's id",
    );
  });

  test("squeue --array: a line for each task", () => {
    const states = parseQueue("4711_2|PENDING\n4711_0|RUNNING\n4711_1|COMPLETING\n");
    expect([...states]).toEqual([
      ["4711_2", "PENDING"],
      ["4711_0", "RUNNING"],
      ["4711_1", "COMPLETING"],
    ]);
    expect([...states.values()].every(isGoing)).toBe(true);
    expect(["COMPLETED", "FAILED", "TIMEOUT", "NODE_FAIL", "CANCELLED", "OUT_OF_MEMORY"].some(isGoing)).toBe(
      false,
    );
  });

  test("sacct: allocations alone, who cancelled left out", () => {
    const states = parseAccounting(
      "4711_0|COMPLETED|0:0\n4711_1|CANCELLED by 1000|0:15\n4711_2|NODE_FAIL|1:0\n",
    );
    expect([...states.values()]).toEqual(["COMPLETED", "CANCELLED", "NODE_FAIL"]);
  });

  test("the array that is asked for", () => {
    const request = { script: "/shared/a.sh", tasks: 3, atOnce: 2, cpus: 4, gpus: 1, memory: 3e9 };
    expect(
      arrayArguments({ ...request, output: "/shared/%A_%a.txt", options: ["--partition=long"] }),
    ).toEqual([
      "--parsable",
      "--array=0-2%2",
      "--job-name=alright",
      "--ntasks=1",
      "--cpus-per-task=4",
      "--gres=gpu:1",
      "--mem=2862M",
      "--output=/shared/%A_%a.txt",
      "--signal=B:TERM@60",
      "--no-requeue",
      "--partition=long",
      "/shared/a.sh",
    ]);
  });
});

/** Slurm's commands, on this machine: a job is the script with its task's number. */
class HereSlurm {
  readonly calls: string[] = [];
  readonly tasks = new Map<string, { state: string; child: ChildProcess | null }>();
  #jobs = 100;

  readonly command: SlurmCommand = async (name, args) => {
    this.calls.push([name, ...args].join(" "));
    if (name === "sbatch") return this.#submit(args);
    if (name === "squeue") return this.#list((state) => isGoing(state));
    if (name === "sacct") throw new ExecutorError("sacct: Slurm accounting storage is disabled");
    const task = this.tasks.get(args.at(-1)!);
    if (name === "scancel" && task?.state === "RUNNING" && args.includes("--signal=TERM"))
      task.child!.kill("SIGTERM");
    return "";
  };

  #submit(args: readonly string[]): string {
    const job = ++this.#jobs;
    const count = Number(/--array=0-(\d+)/.exec(args.join(" "))![1]) + 1;
    for (let task = 0; task < count; task++) {
      const env = { ...process.env, SLURM_ARRAY_TASK_ID: String(task) };
      const child = spawn("sh", [args.at(-1)!], { env, stdio: "ignore" });
      children.add(child);
      const entry = { state: "RUNNING", child: child as ChildProcess | null };
      child.on("close", (code) => {
        children.delete(child);
        entry.child = null;
        entry.state = code === 0 ? "COMPLETED" : "FAILED";
      });
      this.tasks.set(`${job}_${task}`, entry);
    }
    return `${job}\n`;
  }

  #list(of: (state: string) => boolean): string {
    return [...this.tasks].flatMap(([id, { state }]) => (of(state) ? `${id}|${state}\n` : [])).join("");
  }
}

const base = {
  model: "toy:conflict",
  data: {},
  steps: 40_000,
  evaluation: { every: 4000 },
  checkpoint: { every: 1000 },
};

describe("runs as tasks of Slurm's arrays", () => {
  test("those that start together are one array; the same numbers as here", async () => {
    const slurm = new HereSlurm();
    const runs = join(directory, "runs-1");
    const short = { ...base, steps: 400 };
    const executor = slurmExecutor({
      slots: 2,
      interval: 100,
      slurm: slurm.command,
      sbatch: ["--partition=short"],
    });
    const summary = await sweep({ base: short, methods: ["mix", "alright"] }, { runs, executor }).done;
    expect(summary).toMatchObject({ state: "finished", finished: 2, failed: 0 });
    const submitted = slurm.calls.filter((call) => call.startsWith("sbatch"));
    expect(submitted).toHaveLength(1);
    expect(submitted[0]).toMatch(/--array=0-1%2 .*--cpus-per-task=1 .*--partition=short/);
    expect(readdirSync(join(runs, ".slurm"))).toHaveLength(1);
    for (const { run, method } of summary.list) {
      const alone = await trainHere({ ...short, method: { name: method }, threads: 1 }, { runs });
      expect(computed({ path: join(runs, run!) })).toEqual(computed(alone.directory));
      expect(JSON.parse(readFileSync(join(runs, run!, "job.json"), "utf8"))).toMatchObject({
        executor: "slurm",
      });
    }
  });

  test("a task that is lost goes on as another; a paused one when the sweep is resumed", async () => {
    const slurm = new HereSlurm();
    const runs = join(directory, "runs-2");
    const executor = () => slurmExecutor({ slots: 1, interval: 100, slurm: slurm.command });
    const swept = sweep({ base, methods: ["mix"] }, { runs, executor: executor() });
    const checkpointed = () => {
      const [name] = readdirSync(runs).filter((name) => name.startsWith("mix-"));
      const run = name === undefined ? null : new RunDirectory(join(runs, name));
      return run && readdirSync(run.checkpoints).some((name) => /^\d+$/.test(name)) ? run : null;
    };
    await until(() => {
      const trainer = checkpointed()?.liveOwner() ?? null;
      if (trainer === null) return false;
      process.kill(trainer, "SIGKILL");
      slurm.tasks.get("101_0")!.child?.kill("SIGKILL");
      return true;
    });
    await until(() => slurm.tasks.get("102_0")?.state === "RUNNING" && checkpointed()?.liveOwner() != null);
    await swept.pause();
    expect(await swept.done).toMatchObject({ state: "paused", waiting: 1, failed: 0 });
    expect(slurm.calls.filter((call) => call.startsWith("scancel"))).toEqual([
      "scancel --state=PENDING 102_0",
      "scancel --batch --signal=TERM 102_0",
    ]);
    const summary = await resumeSweep(swept.directory, { executor: executor() }).done;
    expect(summary).toMatchObject({ state: "finished", finished: 1 });
    const alone = await trainHere({ ...base, method: { name: "mix" }, threads: 1 }, { runs });
    expect(computed({ path: join(runs, summary.list[0]!.run!) })).toEqual(computed(alone.directory));
  });

  test("no Slurm on this machine", async () => {
    const executor = slurmExecutor({ slots: 1 });
    const runs = join(directory, "runs-3");
    const path = process.env.PATH;
    process.env.PATH = directory;
    try {
      const summary = await sweep({ base, methods: ["mix"] }, { runs, executor, retries: 0 }).done;
      expect(summary.failures[0]!.error).toMatch(/sbatch is not there; Slurm's commands are needed/);
    } finally {
      process.env.PATH = path;
    }
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50));
}
