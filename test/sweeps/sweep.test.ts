import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  localExecutor,
  type Run,
  readSnapshot,
  resumeSweep,
  type Sweep,
  type SweepInput,
  sweep,
} from "../../src/index.ts";
import { RunDirectory } from "../../src/runs/directory.ts";
import { sweepMessage } from "../../src/sweeps/plot.ts";
import type { JournalLine } from "../../src/sweeps/record.ts";
import { computed, trainHere } from "../training/in-process.ts";
import { imports } from "../training/script.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-sweep-"));
afterAll(() => rmSync(directory, { recursive: true }));
let made = 0;
const newRuns = () => join(directory, `runs-${made++}`);

const base = {
  model: "toy:conflict",
  data: {},
  steps: 400,
  evaluation: { every: 100 },
  checkpoint: { every: 100 },
};
const pool = (processes = 2) => localExecutor({ processes, threads: 1 });

function journalOf({ directory }: Pick<Sweep, "directory">): JournalLine[] {
  const text = readFileSync(join(directory, "journal.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as JournalLine);
}
const started = (of: Pick<Sweep, "directory">) => journalOf(of).filter(({ type }) => type === "started");

describe("a sweep on a pool of local processes", () => {
  test("runs all of a grid, each as it would be alone; what they share is computed once", async () => {
    const runs = newRuns();
    const grid: SweepInput = {
      base: { ...base, ideal: "runs" },
      methods: ["alright", "mgda"],
      lambda: [0.3, 0.7],
      seeds: [1, 2],
    };
    const swept = sweep(grid, { runs, executor: pool() });
    const states: string[] = [];
    swept.onChange(({ state }) => states.push(state));
    const summary = await swept.done;
    expect(summary).toMatchObject({ state: "finished", total: 6, finished: 6, failed: 0, waiting: 0 });
    expect(states.at(-1)).toBe("finished");

    // f* of each objective for each seed, by whichever run came first.
    const shared = summary.shared.map(({ kind }) => kind).sort();
    expect(shared).toEqual(["ideal-dpo", "ideal-dpo", "ideal-sft", "ideal-sft"]);
    expect(new Set(summary.shared.map(({ hash }) => hash)).size).toBe(4);

    for (const { run, method, lambda, seed } of summary.list) {
      const options = lambda === null ? { name: method } : { name: method, lambda };
      const alone = await trainHere(
        { ...base, ideal: "runs", method: options, seed: seed!, threads: 1 },
        { runs },
      );
      expect(computed({ path: join(runs, run!) })).toEqual(computed(alone.directory));
    }

    expect(summary.rows.map(({ method, lambda, finished }) => [method, lambda, finished])).toEqual([
      ["alright", 0.3, 2],
      ["alright", 0.7, 2],
      ["mgda", null, 2],
    ]);
    const [first] = summary.rows;
    const dpo = summary.list.slice(0, 2).map((run) => run.dpo!);
    expect(first!.dpo).toBeCloseTo((dpo[0]! + dpo[1]!) / 2, 12);
    expect(first!.dpoDeviation).toBeCloseTo(Math.abs(dpo[0]! - dpo[1]!) / Math.SQRT2, 12);
    const csv = readFileSync(join(swept.directory, "summary.csv"), "utf8").split("\r\n");
    expect(csv[0]).toMatch(/^method,lambda,k,options,finished,failed,dpo,dpoDeviation,/);
    expect(csv[1]).toMatch(/^alright,0\.3,,,2,0,/);
    expect(csv).toHaveLength(5);
    expect(readFileSync(join(swept.directory, "runs.csv"), "utf8").split("\r\n")).toHaveLength(8);
    const frame = summary.frame();
    expect(frame.shape).toEqual([3, 14]);
    expect(readdirSync(swept.directory).sort()).toEqual([
      "journal.jsonl",
      "runs.csv",
      "summary.csv",
      "sweep.json",
    ]);
  });

  test("a run that fails is told, tried again and given up; the others go on", async () => {
    const failing = {
      ...base,
      method: { name: "mix" },
      optimizer: { name: "sgd" as const, learningRate: 1e300 },
    };
    const list = [failing, { ...base, method: { name: "mix" } }];
    const swept = sweep({ list }, { runs: newRuns(), executor: pool() });
    const summary = await swept.done;
    expect(summary).toMatchObject({ state: "finished", finished: 1, failed: 1 });
    expect(summary.failures).toHaveLength(1);
    expect(summary.failures[0]!.error).toMatch(/lower optimizer\.learningRate/);
    // The same failure twice is not tried a third time.
    expect(started(swept).filter((line) => line.type === "started" && line.index === 0)).toHaveLength(2);
    expect(summary.list.map(({ state }) => state)).toEqual(["failed", "finished"]);
  });

  test("what can't begin is an error before anything is written", () => {
    const runs = newRuns();
    const wrong = { base: { ...base, step: 3 }, methods: ["mix"] } as unknown as SweepInput;
    expect(() => sweep(wrong, { runs })).toThrow(/run 0 of the sweep: .*step/);
    expect(() => sweep({ list: [] }, { runs })).toThrow("list is empty");
    expect(() => readdirSync(runs)).toThrow("ENOENT");
  });

  const long = { ...base, steps: 40_000, evaluation: { every: 4000 }, checkpoint: { every: 1000 } };

  test("SIGKILL of a pool process: its run goes on from its checkpoint, and ends as without", async () => {
    const runs = newRuns();
    const swept = sweep(
      { base: long, methods: ["alright"], lambda: [0.4], seeds: [1, 2] },
      { runs, executor: pool() },
    );
    let killed: string | null = null;
    swept.onChange((snapshot) => {
      const run = snapshot.runs.find(({ step }) => step > 2000);
      if (!run || killed !== null) return;
      const trainer = new RunDirectory(join(runs, run.runId)).liveOwner();
      if (trainer === null) return;
      killed = run.runId;
      process.kill(trainer, "SIGKILL");
    });
    const summary = await swept.done;
    expect(killed).not.toBeNull();
    expect(summary).toMatchObject({ finished: 2, failed: 0 });
    expect(started(swept)).toHaveLength(3);
    const failed = journalOf(swept).find(({ type }) => type === "failed");
    expect(failed).toMatchObject({ last: false });
    expect(failed!.type === "failed" && failed!.error).toMatch(/was ended by SIGKILL/);
    const { seed } = summary.list.find(({ run }) => run === killed)!;
    const alone = await trainHere(
      { ...long, method: { name: "alright", lambda: 0.4 }, seed: seed!, threads: 1 },
      { runs },
    );
    expect(computed({ path: join(runs, killed!) })).toEqual(computed(alone.directory));
  });

  test("SIGKILL of the sweep's own process: it resumes, and finished runs are not repeated", async () => {
    const runs = newRuns();
    const script = join(directory, "sweep.mjs");
    const input: SweepInput = { base: long, methods: ["mix"], lambda: [0.2, 0.4, 0.6, 0.8] };
    writeFileSync(
      script,
      `${imports.replace("{ defineMethod", "{ localExecutor, sweep, defineMethod")}
      const swept = sweep(${JSON.stringify(input)}, { runs: ${JSON.stringify(runs)}, executor: localExecutor({ processes: 1, threads: 1 }) });
      console.log(swept.directory);
      swept.onChange(({ finished, runs }) => console.log("finished " + finished + " " + (runs[0]?.step ?? 0)));
      await swept.done;`,
    );
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    await new Promise<void>((resolve, reject) => {
      child.on("close", () => reject(new Error(`the sweep ended by itself:\n${said}`)));
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (/^finished 1 [1-9]/m.test(said)) resolve();
      });
    });
    const gone = new Promise((resolve) => child.on("close", resolve));
    child.kill("SIGKILL");
    await gone;
    const place = said.split("\n")[0]!;
    const before = journalOf({ directory: place });
    // A line that was being written when the process ended.
    writeFileSync(join(place, "journal.jsonl"), '{"type":"fini', { flag: "a" });
    const swept = resumeSweep(place, { executor: pool() });
    const summary = await swept.done;
    expect(summary).toMatchObject({ state: "finished", total: 4, finished: 4, failed: 0 });
    const runsOf = (index: number) => [
      ...new Set(
        started(swept).flatMap((line) => (line.type === "started" && line.index === index ? line.run : [])),
      ),
    ];
    const done = before.flatMap((line) => (line.type === "finished" ? line.index : []));
    expect(done.length).toBeGreaterThan(0);
    for (const index of done)
      expect(started(swept).filter((line) => line.type === "started" && line.index === index)).toHaveLength(
        1,
      );
    // The half-done one went on in its own directory.
    for (let index = 0; index < 4; index++) expect(runsOf(index)).toHaveLength(1);
    expect(readdirSync(runs).filter((name) => name.startsWith("mix-"))).toHaveLength(4);
    // Once more: there is nothing left to do.
    expect(await resumeSweep(place, { executor: pool() }).done).toMatchObject({ finished: 4 });
  });

  test("a run that was created as the sweep was killed, and is not in its journal, is the sweep's when it resumes", async () => {
    const runs = newRuns();
    const swept = sweep({ base, methods: ["mix"], lambda: [0.2, 0.8] }, { runs, executor: pool(1) });
    const { list } = await swept.done;
    // As it was between the directory of the second run and its line; and another sweep's run beside it.
    writeFileSync(join(swept.directory, "journal.jsonl"), `${JSON.stringify(journalOf(swept)[0])}\n`);
    const other = await sweep({ base, methods: ["mix"], lambda: [0.5] }, { runs, executor: pool(1) }).done;
    const again = resumeSweep(swept.directory, { executor: pool(1) });
    const summary = await again.done;
    expect(summary).toMatchObject({ state: "finished", total: 2, finished: 2 });
    expect(summary.list.map(({ run }) => run)).toEqual(list.map(({ run }) => run));
    expect(readdirSync(runs).filter((name) => name.startsWith("mix-"))).toHaveLength(3);
    expect(summary.list.map(({ run }) => run)).not.toContain(other.list[0]!.run);
  });

  test("a run of a pool can be steered by its handle while it goes on", async () => {
    const runs = newRuns();
    const handles: Run[] = [];
    const swept = sweep(
      { base: long, methods: ["mix"], lambda: [0.2] },
      { runs, executor: pool(1), onRun: (run) => handles.push(run) },
    );
    await new Promise<void>((resolve) => {
      swept.onChange((snapshot) => snapshot.runs.some(({ step }) => step > 1000) && resolve());
    });
    expect(handles).toHaveLength(1);
    await handles[0]!.steer({ lambda: 0.9 });
    expect(await swept.done).toMatchObject({ finished: 1, failed: 0 });
    expect(readSnapshot(join(runs, handles[0]!.id)).steered.map(({ lambda }) => lambda)).toEqual([0.9]);
  });

  test("one run paused by its handle leaves its room to the next, and goes on where it was", async () => {
    const runs = newRuns();
    const handles: Run[] = [];
    const input = { base: long, methods: ["mix"], lambda: [0.2, 0.8] };
    const swept = sweep(input, { runs, executor: pool(1), onRun: (run) => handles.push(run) });
    const until = (reached: (snapshot: ReturnType<Sweep["snapshot"]>) => boolean) =>
      new Promise<void>((resolve) => {
        const end = swept.onChange((snapshot) => {
          if (!reached(snapshot)) return;
          end();
          resolve();
        });
      });
    await until((snapshot) => snapshot.runs.some(({ step }) => step > 1500));
    await handles[0]!.pause();
    expect(handles[0]!.state).toBe("paused");
    expect(swept.snapshot()).toMatchObject({ state: "running", paused: 1, failed: 0 });
    await until(({ finished }) => finished === 1);
    // The other one has ended; this one is waited for.
    expect(swept.snapshot()).toMatchObject({ state: "running", paused: 1, going: 0 });
    expect(sweepMessage(swept.snapshot()).title).toBe("Sweep: 1 of 2 runs, 1 paused");
    await handles[0]!.resume();
    expect(["preparing", "running"]).toContain(handles[0]!.state);
    expect(await swept.done).toMatchObject({ state: "finished", finished: 2, paused: 0, failed: 0 });
    expect(handles).toHaveLength(2);
    expect(handles[0]!.state).toBe("finished");
    const alone = await trainHere({ ...long, method: { name: "mix", lambda: 0.2 }, threads: 1 }, { runs });
    expect(computed({ path: handles[0]!.directory })).toEqual(computed(alone.directory));
  });

  test("a resumed run waits for room, and may be paused again; a stopped one counts as stopped, and is not gone on with", async () => {
    const runs = newRuns();
    const handles: Run[] = [];
    const started = (count: number) =>
      new Promise<void>((resolve) => {
        const look = setInterval(() => {
          if (handles.length < count) return;
          clearInterval(look);
          resolve();
        }, 20);
      });
    const input = { base: { ...long, steps: 400_000 }, methods: ["mix"], lambda: [0.2, 0.5, 0.8] };
    const swept = sweep(input, { runs, executor: pool(1), onRun: (run) => handles.push(run) });
    await started(1);
    const [first] = handles as [Run];
    await first.pause();
    await started(2);
    const resumed = first.resume();
    expect(first.snapshot()).toMatchObject({ state: "preparing", note: "waiting for room in its sweep" });
    expect(swept.snapshot()).toMatchObject({ going: 1, paused: 0, waiting: 2 });
    await first.pause();
    await resumed;
    expect(first.state).toBe("paused");
    // One that goes on, and the one that is paused.
    await handles[1]!.stop();
    await first.stop();
    await started(3);
    await swept.pause();
    const summary = await swept.done;
    expect(summary).toMatchObject({ state: "paused", stopped: 2, finished: 0, failed: 0, waiting: 1 });
    expect(summary.list.map(({ state }) => state)).toEqual(["stopped", "stopped", "waiting"]);
    // No mean has what was not trained to its end.
    expect(summary.rows.every(({ dpo, finished }) => dpo === null && finished === 0)).toBe(true);
    await expect(handles[2]!.resume()).rejects.toThrow("starts no more runs");
    const again = resumeSweep(swept.directory, { executor: pool(1), onRun: (run) => handles.push(run) });
    await started(4);
    expect(handles[3]!.id).toBe(handles[2]!.id);
    await handles[3]!.stop();
    expect(await again.done).toMatchObject({ state: "finished", stopped: 3, failed: 0 });
  });

  test("paused, it keeps its checkpoints, and goes on where it was", async () => {
    const runs = newRuns();
    const swept = sweep({ base: long, methods: ["mix", "alright"] }, { runs, executor: pool() });
    await new Promise<void>((resolve) => {
      swept.onChange((snapshot) => snapshot.runs.some(({ step }) => step > 1500) && resolve());
    });
    expect(() => resumeSweep(swept.directory)).toThrow("is at work now");
    await swept.pause();
    const paused = await swept.done;
    expect(paused.state).toBe("paused");
    expect(paused.finished + paused.waiting).toBe(2);
    const summary = await resumeSweep(swept.id, { runs, executor: pool() }).done;
    expect(summary).toMatchObject({ state: "finished", finished: 2 });
    const alone = await trainHere({ ...long, method: { name: "mix" }, threads: 1 }, { runs });
    expect(computed({ path: join(runs, summary.list[0]!.run!) })).toEqual(computed(alone.directory));
  });

  test("a journal that can't be written: its runs pause, and the sweep fails in words", async () => {
    const runs = newRuns();
    const swept = sweep({ base: long, methods: ["mix", "alright"] }, { runs, executor: pool() });
    rmSync(join(swept.directory, "journal.jsonl"));
    mkdirSync(join(swept.directory, "journal.jsonl"));
    await expect(swept.done).rejects.toThrow(/journal\.jsonl/);
    for (const name of readdirSync(runs).filter((name) => /^(mix|alright)-/.test(name)))
      expect(new RunDirectory(join(runs, name)).liveOwner()).toBeNull();
  });

  test("adaptive: each λ is where the front has its widest gap, until the budget is spent", async () => {
    const steps = { ...base, steps: 3000, evaluation: { every: 3000 } };
    const adaptive = { method: "mix", budget: 7, lambda: [0, 1] };
    const swept = sweep({ base: steps, adaptive }, { runs: newRuns(), executor: pool(1) });
    const summary = await swept.done;
    expect(summary).toMatchObject({ state: "finished", total: 7, finished: 7 });
    const lambdas = summary.list.map(({ lambda }) => lambda!);
    // DPO's loss spans more than SFT's: the first λ between them is low, within the middle third.
    expect(lambdas.slice(0, 3)).toEqual([0, 1, 0.333333]);
    expect(new Set(lambdas).size).toBe(7);
    expect(journalOf(swept).filter(({ type }) => type === "added")).toHaveLength(5);
    expect(() => sweep({ base: steps, adaptive: { ...adaptive, budget: 1 } })).toThrow("at least 2");
    expect(() => sweep({ base: steps, adaptive: { ...adaptive, method: "mgda" } })).toThrow("no λ to choose");
  });
});
