import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withFlags } from "../../src/cli/train-flags.ts";
import { loadTextModel, type RunRow, readEvents } from "../../src/index.ts";
import { writeTinyData, writeTinyModel } from "../training/tiny-model.ts";
import { commandIn, inTerminal, signalled } from "./alright.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-train-"));
const alright = commandIn(directory);
beforeAll(async () => {
  await writeTinyModel(join(directory, "model"));
  writeTinyData(directory);
});
afterAll(() => rmSync(directory, { recursive: true }));

const tiny = ["--model", "model", "--sft", "sft.jsonl", "--dpo", "dpo.jsonl", "--threads", "1"];
const short = [...tiny, "--steps", "3", "--set", "ideal=null"];
const row = (runs: string) =>
  (JSON.parse(alright("runs", "--runs", runs, "--json").stdout) as RunRow[]).at(-1)!;

describe("flags", () => {
  test("stand for keys of the specification, and win over the file", () => {
    const file = {
      model: "a",
      data: { sft: "s", dpo: "d" },
      method: { name: "alright", lambda: 0.1 },
      epochs: 2,
      optimizer: { clip: 2 },
    };
    const options = {
      lambda: 0.7,
      steps: 9,
      learningRate: 1e-3,
      rank: 4,
      set: ["batchSize.dpo=2", "name=x=y"],
    };
    expect(withFlags(file, options)).toEqual({
      model: "a",
      data: { sft: "s", dpo: "d" },
      method: { name: "alright", lambda: 0.7 },
      steps: 9,
      optimizer: { clip: 2, learningRate: 1e-3 },
      lora: { rank: 4 },
      batchSize: { dpo: 2 },
      name: "x=y",
    });
    expect(file.epochs).toBe(2);
    expect(withFlags(file, { method: "sft" })).toMatchObject({ method: { name: "sft" } });
    expect(withFlags(file, { method: "sft" }).method).not.toHaveProperty("lambda");
  });

  test("without a method: ALRIGHT for two data sets, the objective's own for one", () => {
    const method = (options: object) => withFlags(undefined, { model: "m", ...options }).method;
    expect(method({ sft: "s", dpo: "d" })).toEqual({ name: "alright" });
    expect(method({ sft: "s", dpo: "d", lambda: 0.2 })).toEqual({ name: "alright", lambda: 0.2 });
    expect(method({ sft: "s" })).toEqual({ name: "sft" });
    expect(method({ dpo: "d" })).toEqual({ name: "dpo" });
  });

  test("a key of an object's prototype is none of a specification", () => {
    expect(() => withFlags(undefined, { set: ["__proto__.steps=3"] })).toThrow(/can't be set/);
  });

  test("--dry-run prints the specification that it would train, the rows and the plan, and leaves nothing", () => {
    const { status, stdout, stderr } = alright("train", ...tiny, "--λ", "0.25", "--epochs", "2", "--dry-run");
    expect(status).toBe(0);
    const specification = JSON.parse(stdout);
    expect(specification).toMatchObject({
      model: "model",
      method: { name: "alright", lambda: 0.25 },
      lora: { rank: 32, targets: ["query_key_value"] },
    });
    // 39 SFT rows in batches of 24, 29 pairs in batches of 8: two epochs of four batches.
    expect(stderr).toMatch(/sft: 39 rows to train on, 1 to evaluate\ndpo: 29 rows/);
    expect(stderr).toMatch(/8 steps on cpu, plan whole\nmemory: one graph for the whole step: about/);
    expect(existsSync(join(directory, "runs"))).toBe(false);
    writeFileSync(join(directory, "again.json"), stdout);
    const again = alright("train", "again.json", "--dry-run", "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ type: "dry-run", steps: 8, specification });
  });
});

describe("alright train", () => {
  test("--json: every event as a line on standard output, the summary last, words on standard error", () => {
    const { status, stdout, stderr } = alright("train", ...short, "--runs", "json", "--json");
    expect(status).toBe(0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const [first, ...rest] = lines;
    expect(first).toEqual({ type: "run", id: row("json").id, directory: row("json").directory });
    expect(rest.at(-1)).toMatchObject({ type: "summary", id: first.id, state: "finished", steps: 3 });
    expect(rest.slice(0, -1)).toEqual(readEvents(join(first.directory, "events.jsonl")));
    expect(stderr).toMatch(/^run alright-.* in .*\n(preparing: .*\n)+running: .*\nfinished: step 3 of 3/);
  });

  test("--out writes the merged model, which writes the texts that the run writes", async () => {
    const { status, stdout, stderr } = alright("train", ...short, "--runs", "out", "--out", "mine");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/merged model of run alright-.* in .*mine \(\d+ files, [\d.]+ kB\)/);
    const texts = await Promise.all(
      [join(directory, "mine"), { run: row("out").directory }].map(async (source) => {
        const model = await loadTextModel(source, { threads: 1 });
        const [text] = await model.generate("plum", { maxTokens: 12 }).texts();
        await model.dispose();
        return text;
      }),
    );
    expect(texts[0]).toBe(texts[1]);
    const again = alright("train", ...short, "--runs", "out", "--out", "mine");
    expect(again.status).toBe(1);
    expect(again.stderr).toMatch(/mine is not empty \(it has .*\); nothing is overwritten/);
    expect(readdirSync(join(directory, "out")).filter((name) => !name.startsWith("."))).toHaveLength(1);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const)
    test(`${signal} pauses after the step; the command that it prints goes on in another process`, async () => {
      const args = [
        "train",
        ...tiny,
        "--steps",
        "400",
        "--set",
        "ideal=null",
        "--runs",
        signal,
        "--out",
        `o-${signal}`,
      ];
      const paused = await signalled(directory, args, (said, sent) =>
        sent === 0 && /running: step/.test(said) ? signal : null,
      );
      expect(paused.status).toBe(130);
      expect(paused.stderr).toMatch(/^pausing after this step; once more ends the run's process at once\n$/);
      const [, command] = /paused; go on with: alright (.*)\n/.exec(paused.stdout)!;
      const { id, state, step } = row(signal);
      expect(state).toBe("paused");
      expect(step).toBeLessThan(400);
      expect(existsSync(join(directory, `o-${signal}`))).toBe(false);
      const events = readEvents(join(directory, signal, id, "events.jsonl"));
      expect(events.slice(-2).map((event) => [event.type, event.step])).toEqual([
        ["checkpoint", step],
        ["paused", step],
      ]);
      const resumed = alright(...command!.split(" "), "--runs", signal);
      expect([resumed.status, resumed.stderr]).toEqual([0, ""]);
      expect(resumed.stdout).toMatch(/finished: step 400 of 400/);
      expect(existsSync(join(directory, `o-${signal}`, "model.safetensors"))).toBe(true);
    });

  test("a second Ctrl-C ends a long step at once, and the run goes on from its last checkpoint", async () => {
    // Steps of seconds: many long rows in one batch.
    const long = "plum ".repeat(400);
    const rows = Array.from({ length: 50 }, (_, i) => JSON.stringify({ prompt: `${i}`, completion: long }));
    writeFileSync(join(directory, "long.jsonl"), rows.join("\n"));
    await writeTinyModel(join(directory, "long-model"), 2048);
    const slow = [
      "--model",
      "long-model",
      "--sft",
      "long.jsonl",
      "--threads",
      "1",
      "--set",
      "batchSize.sft=40",
    ];
    const args = ["train", ...slow, "--steps", "40", "--checkpoint-every", "1", "--runs", "twice"];
    let told = 0;
    const answer = await signalled(directory, args, (said, sent) => {
      if (sent === 0 && /running: step [1-9]/.test(said)) return "SIGINT";
      if (sent === 1 && /pausing after this step/.test(said)) {
        told = performance.now();
        return "SIGINT";
      }
      return null;
    });
    expect(performance.now() - told).toBeLessThan(1500);
    expect(answer.status).toBe(130);
    expect(answer.stdout).toMatch(/go on with: alright train --resume/);
    const { directory: run, state } = row("twice");
    expect(["failed", "paused"]).toContain(state);
    expect(readdirSync(join(run, "checkpoints")).length).toBeGreaterThan(0);
    const resumed = await signalled(directory, ["train", "--resume", run], (said, sent) =>
      sent === 0 && /running: step/.test(said) ? "SIGINT" : null,
    );
    expect(resumed.status).toBe(130);
    expect(row("twice").state).toBe("paused");
  });

  test("a bar is drawn in a terminal, plain lines elsewhere", () => {
    const drawn = inTerminal(directory, ["train", ...short, "--runs", "tty"]);
    expect(drawn.status).toBe(0);
    expect(drawn.stdout).toMatch(/finished █{24} 3\/3, f_SFT [\d.]+, f_DPO [\d.]+/);
    const plain = alright("train", ...short, "--runs", "tty").stdout;
    for (const drawing of ["█", "░", "\r", "\u001b"]) expect(plain).not.toContain(drawing);
    expect(plain).toMatch(/finished: step 3 of 3, f_SFT [\d.]+, f_DPO [\d.]+/);
  });

  const errors: [string, string[], RegExp][] = [
    ["an unknown flag", ["--modle", "x"], /unknown option '--modle'; did you mean --model\?/],
    ["a flag that is no number", ["--lambda", "high"], /--lambda is "high"; expected a number/],
    ["λ out of range", [...tiny, "--lambda", "2"], /command line: .*lambda is 2; expected within \[0, 1\]/],
    ["no such method", [...tiny, "--method", "alrigth"], /did you mean "alright"\?/],
    ["no such file", ["--model", "model", "--sft", "none.jsonl"], /data\.sft: no file .*none\.jsonl/],
    ["an unknown key", [...tiny, "--set", "stepz=1"], /stepz is not a known key; did you mean "steps"\?/],
    ["a flag that goes with another", [...tiny, "--adapter"], /give --out DIR/],
    [
      "a flag beside --resume",
      ["--resume", "x", "--steps", "3"],
      /--resume takes no specification; got --steps/,
    ],
    [
      "the toy with --out",
      ["--model", "toy:conflict", "--method", "mix", "--out", "x"],
      /there is no model to write/,
    ],
    ["two files", ["a.json", "b.json"], /too many arguments/],
  ];
  test.each(errors)("%s: exit 1, at most six lines, no stack frames, nothing left", (_, args, expected) => {
    const { status, stdout, stderr } = alright("train", ...args, "--runs", "errors");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(6);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(existsSync(join(directory, "errors"))).toBe(false);
  });

  test("a broken row fails the run: exit 1, and no directory that looks finished", () => {
    mkdirSync(join(directory, "broken"));
    writeFileSync(join(directory, "broken.jsonl"), '{"prompt":"a","completion":""}\n');
    const args = ["--model", "model", "--sft", "broken.jsonl", "--runs", "broken", "--out", "from-broken"];
    const { status, stderr } = alright("train", ...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(/broken\.jsonl:1: "completion" is empty/);
    expect(existsSync(join(directory, "from-broken"))).toBe(false);
    const [run] = readdirSync(join(directory, "broken"));
    expect(readdirSync(join(directory, "broken", run!))).not.toContain("final");
  });
});

describe("alright runs and show", () => {
  test("as CSV, numbers whole", () => {
    alright("train", ...short, "--runs", "listed", "--name", 'a, "b"');
    const [head, line] = alright("runs", "--runs", "listed", "--csv").stdout.split("\r\n");
    expect(head).toMatch(/^id,name,method,lambda,model,state,step,steps,dpo,sft,/);
    const { id, dpo, sft } = row("listed");
    expect(line).toMatch(new RegExp(`^${id},"a, ""b""",alright,0\\.5,model,finished,3,3,${dpo},${sft},`));
  });

  test("one run's details, with what can be done next", () => {
    const { id, directory: place } = row("listed");
    const { status, stdout } = alright("show", id, "--runs", "listed");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^state +finished$/m);
    expect(stdout).toMatch(/^method +alright \{"lambda":0.5\}$/m);
    expect(stdout).toContain(`alright save ${place} DIRECTORY`);
    const json = JSON.parse(alright("show", place, "--json").stdout);
    expect(JSON.parse(readFileSync(join(place, "run.json"), "utf8"))).toMatchObject(json.record);
    expect(json.snapshot.state).toBe("finished");
  });
});

describe("alright evaluate", () => {
  test("gives what the run's last evaluation gave, and the same for the merged model on the same files", () => {
    alright(
      "train",
      ...short,
      "--runs",
      "evaluated",
      "--out",
      "evaluated-model",
      "--set",
      "evaluation.heldOut=false",
    );
    const { id, sft, dpo } = row("evaluated");
    const { status, stdout } = alright("evaluate", id, "--runs", "evaluated", "--json");
    expect(status).toBe(0);
    const { losses, step, weights } = JSON.parse(stdout);
    expect([step, weights]).toEqual([3, "final"]);
    expect(losses.sft).toBeCloseTo(sft!, 10);
    expect(losses.dpo).toBeCloseTo(dpo!, 10);
    const shown = alright("evaluate", id, "--runs", "evaluated").stdout;
    expect(shown).toMatch(/^f_SFT +[\d.]+ +1 rows$/m);
    const files = ["--sft", "sft.jsonl", "--threads", "1", "--json"];
    const ofRun = JSON.parse(alright("evaluate", id, "--runs", "evaluated", ...files).stdout);
    const ofModel = JSON.parse(alright("evaluate", "evaluated-model", ...files).stdout);
    expect(ofModel.rows.sft).toBe(40);
    expect(Math.abs(ofModel.losses.sft - ofRun.losses.sft)).toBeLessThan(1e-5 * ofRun.losses.sft);
  });

  test("a model without data to evaluate on is an error", () => {
    const { status, stderr } = alright("evaluate", "model");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^alright: .*data/);
  });
});

describe("--help", () => {
  const commands = [
    "train",
    "runs",
    "show",
    "evaluate",
    "generate",
    "save",
    "doctor",
    "install",
    "uninstall",
    "classroom",
  ];
  test.each(commands)("of %s: usage, every option, examples, exit codes", (command) => {
    const { status, stdout, stderr } = alright(command, "--help");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(new RegExp(`^Usage: alright ${command}`));
    expect(stdout).toMatch(/\nExamples:\n/);
    expect(stdout).toMatch(/Exit codes: 0 done, 1 failed/);
    expect(alright("--help").stdout).toMatch(new RegExp(`^  ${command} `, "m"));
  });
});
