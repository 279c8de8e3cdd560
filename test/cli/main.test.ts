import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type { RunRow } from "../../src/index.ts";

const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "alright-cli-"));
afterAll(() => rmSync(directory, { recursive: true }));

function alright(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: directory,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

function write(name: string, content: unknown): string {
  writeFileSync(join(directory, name), typeof content === "string" ? content : JSON.stringify(content));
  return name;
}

describe("alright", () => {
  test("trains a specification, lists the run, and says how far from the ideal point it ended", () => {
    const file = write("toy.json", { model: "toy:conflict", method: { name: "maxright" } });
    const { status, stdout, stderr } = alright("train", file, "--runs", "out");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/finished: step 20000 of 20000, f_SFT 0\.1200, f_DPO 0\.1199/);
    expect(stdout).toMatch(/distance from the ideal point: 0\.1696/);
    const rows = JSON.parse(alright("runs", "--runs", "out", "--json").stdout) as RunRow[];
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ method: "maxright", state: "finished", step: 20000 });
    expect(alright("runs", "--runs", "out").stdout).toMatch(/MAXRIGHT λ=0\.5 +toy:conflict +finished/);
  });

  test("Ctrl-C pauses a run; --resume goes on with it", async () => {
    const file = write("long.json", { model: "toy:conflict", method: { name: "mix" }, steps: 60_000 });
    const child = spawn(process.execPath, [main, "train", file, "--runs", "long"], { cwd: directory });
    let output = "";
    let sent = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (!sent && /running: step/.test(output)) sent = child.kill("SIGINT");
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    expect(output).toMatch(/paused; go on with: alright train --resume/);
    const row = () => (JSON.parse(alright("runs", "--runs", "long", "--json").stdout) as RunRow[])[0]!;
    expect(row()).toMatchObject({ state: "paused" });
    const resumed = alright("train", "--resume", row().id, "--runs", "long");
    expect(resumed.stderr).toBe("");
    expect(resumed.stdout).toMatch(/finished: step 60000 of 60000/);
    expect(alright("train", "--resume", row().id, "--runs", "long").stderr).toMatch(/is finished/);
  });

  const errors: [string, () => string[], RegExp][] = [
    ["no such file", () => ["train", "nowhere.json"], /nowhere\.json: no such file/],
    ["not JSON", () => ["train", write("bad.json", "{")], /bad\.json: not JSON/],
    [
      "an unknown key",
      () => ["train", write("key.json", { model: "toy:conflict", method: { name: "mix" }, stepz: 1 })],
      /key\.json: stepz is not a known key; did you mean "steps"\?/,
    ],
    [
      "λ outside [0, 1]",
      () => ["train", write("lambda.json", { model: "toy:conflict", method: { name: "mix", λ: -1 } })],
      /λ is -1; expected within \[0, 1\]/,
    ],
    [
      "a missing model",
      () => [
        "train",
        write("model.json", { model: "no/model", data: { sft: "x" }, method: { name: "sft" } }),
      ],
      /model\.json: model: no directory and no embedded model is called "no\/model"/,
    ],
    ["an unknown command", () => ["tarin"], /no command is called "tarin"; did you mean "train"\?/],
    ["an unknown option", () => ["runs", "--jsn"], /--jsn/],
    ["nothing to resume", () => ["train", "--resume", "nothing"], /nothing: no run is there/],
    ["no specification", () => ["train"], /train takes one specification file/],
    ["flags without a model", () => ["train", "--sft", "x.jsonl"], /--model is missing/],
    [
      "flags without data",
      () => ["train", "--model", "pythia-tiny"],
      /--sft FILE, --dpo FILE or both are missing/,
    ],
  ];
  for (const [title, args, expected] of errors)
    test(`${title}: exit 1, at most six lines on standard error, no stack frames, nothing left`, () => {
      const { status, stderr } = alright(...args());
      expect(status).toBe(1);
      expect(stderr).toMatch(expected);
      expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(6);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(JSON.parse(alright("runs", "--json").stdout)).toEqual([]);
    });
});
