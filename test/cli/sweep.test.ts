import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { viewLines } from "../../src/cli/sweep-view.ts";
import { commandIn, inTerminal, signalled } from "./alright.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-cli-sweep-"));
afterAll(() => rmSync(directory, { recursive: true }));
const alright = commandIn(directory);
const base = { model: "toy:conflict", data: {}, steps: 400, ideal: null };
writeFileSync(join(directory, "spec.json"), JSON.stringify({ ...base, method: { name: "mix" } }));

describe("alright sweep", () => {
  test("a grid over a specification: a table of means, both CSV files, the summary as JSON", () => {
    const args = ["--methods", "mix,mgda", "--λ", "0.2,0.8", "--seeds", "1,2", "--processes", "2", "--json"];
    const { status, stdout, stderr } = alright("sweep", "spec.json", ...args);
    expect([status, stderr.includes("finished: 6 of 6 runs finished")]).toEqual([0, true]);
    const summary = JSON.parse(stdout);
    expect(
      summary.rows.map((row: { method: string; lambda: number | null }) => [row.method, row.lambda]),
    ).toEqual([
      ["mix", 0.2],
      ["mix", 0.8],
      ["mgda", null],
    ]);
    expect(readFileSync(join(summary.directory, "summary.csv"), "utf8").split("\r\n")).toHaveLength(5);
    expect(readFileSync(join(summary.directory, "runs.csv"), "utf8").split("\r\n")).toHaveLength(8);
    // Its runs are runs like any other.
    expect(JSON.parse(alright("runs", "--json").stdout)).toHaveLength(6);
  });

  test("a file that is a whole sweep; flags alone; adaptive", () => {
    writeFileSync(
      join(directory, "sweep.json"),
      JSON.stringify({ base, methods: ["mix"], seeds: [1, 2, 3] }),
    );
    const whole = alright("sweep", "sweep.json");
    expect([whole.status, /\* +mix +0\.5 +3 +\S+ ±\S+ +\S+ ±\S+/.test(whole.stdout)]).toEqual([0, true]);
    const flags = ["--model", "toy:conflict", "--steps", "300", "--set", "ideal=null", "--methods", "mix"];
    const adaptive = alright("sweep", ...flags, "--budget", "4", "--json");
    expect(adaptive.status).toBe(0);
    expect(
      JSON.parse(adaptive.stdout)
        .list.map(({ lambda }: { lambda: number }) => lambda)
        .slice(0, 3),
    ).toEqual([0, 0.5, 1]);
  });

  test("a run that failed for good is said, and makes the exit code 1", () => {
    const list = [
      { ...base, method: { name: "mix" } },
      { ...base, method: { name: "mix" }, optimizer: { name: "sgd", learningRate: 1e300 } },
    ];
    writeFileSync(join(directory, "list.json"), JSON.stringify({ list }));
    const { status, stdout } = alright("sweep", "list.json", "--retries", "0");
    expect(status).toBe(1);
    expect(stdout).toMatch(/run mix-\S+ failed: .*lower optimizer\.learningRate/);
    expect(stdout).toMatch(/finished: 1 of 2 runs finished, 1 failed/);
  });

  test("Ctrl-C pauses it; the command that is printed goes on", async () => {
    const long = ["--steps", "60000", "--checkpoint-every", "1000", "--evaluate-every", "10000"];
    const args = ["sweep", "spec.json", "--methods", "mix,alright", "--processes", "1", ...long];
    const paused = await signalled(directory, args, (said, sent) =>
      sent === 0 && said.includes("going on") ? "SIGINT" : null,
    );
    expect(paused.status).toBe(130);
    const resume = /paused; go on with: alright (sweep --resume \S+)/.exec(paused.stdout)?.[1];
    expect(resume).toBeDefined();
    const done = alright(...resume!.split(" "));
    expect([done.status, done.stdout.includes("finished: 2 of 2 runs finished")]).toEqual([0, true]);
  });

  test("in a terminal the view is drawn over itself", () => {
    const { status, stdout } = inTerminal(directory, [
      "sweep",
      "spec.json",
      "--seeds",
      "1,2",
      "--processes",
      "1",
    ]);
    expect(status).toBe(0);
    // Up to where the last view began, and everything below it away.
    expect(stdout).toMatch(/\[\dA\r.\[J/);
    expect(stdout).toMatch(/method +λ +runs +f_SFT +f_DPO\s/);
    expect(stdout).toMatch(/finished: 2 of 2 runs finished/);
  });

  test("a narrow terminal has the losses, and goes without what matters less", () => {
    const spread = (mean: number) => ({ mean, deviation: 0.0123, smallest: mean, largest: mean, count: 2 });
    const one = {
      method: "maxright",
      lambda: 0.25,
      k: null,
      options: "",
      finished: 2,
      failed: 0,
      start: null,
    };
    const losses = { dpo: spread(1.25), sft: spread(2.5), idealDistance: spread(0.75), onFront: true };
    const counted = {
      id: "s",
      state: "running" as const,
      total: 4,
      finished: 2,
      failed: 0,
      stopped: 0,
      going: 0,
      paused: 0,
      waiting: 2,
    };
    const snapshot = { ...counted, configurations: [{ ...one, ...losses }], runs: [], failures: [] };
    const rows = (width?: number) => viewLines(snapshot, 20, width).slice(1);
    expect(rows()[1]).toMatch(/^\* +maxright +0\.25 +2 +2\.500 ±0\.012 +1\.250 ±0\.012 +0\.7500 ±0\.012$/);
    // None of the runs has k.
    expect(rows()[0]).not.toMatch(/ k /);
    for (const width of [79, 48, 38, 31]) {
      const [header, row] = rows(width);
      expect(Math.max(header!.length, row!.length)).toBeLessThanOrEqual(width);
      expect(row).toMatch(/2\.500.* 1\.250/);
    }
    expect(rows(48)[0]).toMatch(/runs +f_SFT +f_DPO +to ideal$/);
    expect(rows(31)[0]).toMatch(/λ +f_SFT +f_DPO$/);
  });

  test("what can't be understood", () => {
    const says = (...args: string[]) => alright("sweep", ...args).stderr;
    expect(says()).toMatch(/sweep takes a file, or flags such as --model/);
    expect(says("spec.json", "--lambda", "half")).toMatch(/"half": expected numbers with commas between/);
    expect(says("spec.json", "--method", "mix")).toMatch(
      /unknown option '--method'; did you mean --methods\?/,
    );
    expect(says("sweep.json", "--seeds", "1")).toMatch(/sweep\.json is a whole sweep/);
    expect(says("spec.json", "--executor", "ray", "--processes", "2")).toMatch(
      /--slots says how many runs ray gets/,
    );
    expect(says("spec.json", "--executor", "ray")).toMatch(/set RAY_ADDRESS/);
    expect(says("--resume", "nothing")).toMatch(/no sweep is there/);
    expect(says("--resume", "nothing", "--methods", "mix")).toMatch(/--resume takes no specification/);
    for (const args of [[], ["spec.json", "--lambda", "half"]])
      expect(alright("sweep", ...args).status).toBe(1);
  });
});
