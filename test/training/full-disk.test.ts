import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resumeRun, type SpecificationInput, train } from "../../src/index.ts";
import { newestCheckpoint } from "../../src/training/checkpoint.ts";
import { computed, eventsOf, pauseAfter, type TrainedHere, trainHere } from "./in-process.ts";
import { type Fault, faulty, imports, runScript, withFault } from "./script.ts";
import { writeTinyData, writeTinyModel } from "./tiny-model.ts";

const place = mkdtempSync(join(tmpdir(), "alright-full-"));
const runs = join(place, "runs");
// Another user has to get at it.
chmodSync(place, 0o755);
afterAll(() => rmSync(place, { recursive: true }));

const toy = {
  model: "toy:conflict",
  data: {},
  method: { name: "alright" },
  steps: 2000,
  evaluation: { every: 100 },
  checkpoint: { every: 250 },
} as SpecificationInput;
let language: SpecificationInput;
let wholeToy: TrainedHere;
let wholeLanguage: TrainedHere;

beforeAll(async () => {
  await writeTinyModel(join(place, "model"));
  language = {
    model: join(place, "model"),
    data: writeTinyData(join(place, "data")),
    method: { name: "alright" },
    steps: 12,
    lora: { rank: 32, alpha: 32 },
    ideal: null,
    batchSize: { sft: 6, dpo: 4 },
    evaluation: { every: 4, fraction: 0.1 },
    checkpoint: { every: 5 },
    threads: 1,
  };
  wholeToy = await trainHere(toy, { runs });
  wholeLanguage = await trainHere(language, { runs });
});

const temporary = (path: string) =>
  readdirSync(path, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".tmp") || name.endsWith(".partial"));

describe("a disk that is full", () => {
  const writes: [string, "toy" | "language", Fault, RegExp, number | null][] = [
    [
      "events",
      "toy",
      { call: "writeSync", path: "events\\.jsonl", nth: 6, from: true, act: "ENOSPC" },
      /events\.jsonl/,
      null,
    ],
    [
      "a checkpoint's state",
      "toy",
      { call: "writeFileSync", path: "\\.500\\.tmp/state\\.json", act: "ENOSPC" },
      /checkpoints\/500/,
      250,
    ],
    [
      "a checkpoint's digests",
      "toy",
      { call: "writeFileSync", path: "\\.500\\.tmp/digest\\.json", act: "ENOSPC" },
      /checkpoints\/500/,
      250,
    ],
    [
      "a checkpoint as it is synced",
      "language",
      { call: "fsyncSync", path: "\\.10\\.tmp/optimizer", act: "ENOSPC" },
      /checkpoints\/10/,
      5,
    ],
    [
      "a checkpoint's adapter",
      "language",
      { call: "promises.open", path: "\\.10\\.tmp/adapter/adapter_model", act: "ENOSPC" },
      /checkpoints\/10/,
      5,
    ],
    [
      "final/",
      "language",
      { call: "promises.open", path: "final\\.tmp/adapter_model", act: "ENOSPC" },
      /final/,
      10,
    ],
    [
      "summary.json",
      "toy",
      { call: "writeFileSync", path: "summary\\.json", act: "ENOSPC" },
      /summary\.json/,
      1750,
    ],
  ];
  for (const [what, kind, fault, file, newest] of writes)
    test(`${what}: the run fails in plain words, keeps what is finished, and resumes`, async () => {
      const run = withFault(fault, () => train(kind === "toy" ? toy : language, { runs }));
      const words = expect(run.done).rejects.toThrow(
        /could not be written: the disk is full \(.+ (was|were) to be written, [\d.]+ [kMG]?B free\); free space there, then go on/,
      );
      await words;
      await expect(run.done).rejects.toThrow(file);
      expect(run.state).toBe("failed");
      expect(run.snapshot().note).toMatch(/the disk is full/);
      expect(existsSync(join(run.directory, "summary.json"))).toBe(false);
      expect(temporary(run.directory)).toEqual([]);
      if (newest !== null)
        expect(newestCheckpoint(join(run.directory, "checkpoints"))?.state.step).toBe(newest);
      // Every line is whole.
      expect(readFileSync(join(run.directory, "events.jsonl"), "utf8")).toMatch(/\n$/);
      const resumed = resumeRun(run.id, { runs });
      expect((await resumed.done).state).toBe("finished");
      const whole = kind === "toy" ? wholeToy : wholeLanguage;
      expect(computed({ path: run.directory })).toEqual(computed(whole.directory));
    });

  test("the failure itself is recorded where there is room for its line", async () => {
    // One write fails, those after it do not: the last block had room for a short line.
    const fault = { call: "writeSync", path: "events\\.jsonl", nth: 6, act: "ENOSPC" } as const;
    const run = withFault(fault, () => train(toy, { runs }));
    await expect(run.done).rejects.toThrow(/disk is full/);
    expect(eventsOf({ path: run.directory }).at(-1)).toMatchObject({
      type: "failed",
      error: expect.stringMatching(/disk is full/),
    });
  });

  test("when a run is to begin: an error at once, and no directory that looks like a run", () => {
    const own = join(place, "begin");
    const script = `try { train(${JSON.stringify(toy)}, { runs: ${JSON.stringify(own)} }); } catch (error) { say(error); }`;
    const env = faulty({ call: "writeFileSync", path: "run\\.json", act: "ENOSPC" });
    const { stdout } = runScript(place, script, { env });
    expect(stdout).toMatch(/^RunStoreError: .*run\.json could not be written: the disk is full/);
    expect(readdirSync(own)).toEqual([]);
  });

  const follow = (runs: string, start: string) =>
    `const run = ${start.replace("RUNS", JSON.stringify({ runs }))};
     await run.done.then(({ state }) => console.log(state), say);
     console.log(run.id);`;

  test("files that may not grow (ulimit -f): a real limit, met by events and by a checkpoint", async () => {
    for (const [input, kilobytes, file, whole] of [
      [toy, 200, /events\.jsonl/, wholeToy],
      [language, 24, /checkpoints\/5/, wholeLanguage],
    ] as const) {
      const shell = `ulimit -f ${kilobytes};`;
      const { stdout, stderr } = runScript(place, follow(runs, `train(${JSON.stringify(input)}, RUNS)`), {
        shell,
      });
      const [said, id] = stdout.trim().split("\n") as [string, string];
      expect(said, stderr).toMatch(
        /^TrainingError: .*could not be written: no file may be that large here.*raise the limit/,
      );
      expect(said).toMatch(file);
      const resumed = resumeRun(id, { runs });
      await resumed.done;
      expect(computed({ path: resumed.directory })).toEqual(computed(whole.directory));
    }
  });

  const mounts = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", place]).status === 0;
  if (!mounts) console.log("skipped: this system lets no test mount a small tmpfs");
  test.skipIf(!mounts)("a tmpfs of 300 kB: a real one", () => {
    const small = join(place, "small");
    mkdirSync(small);
    const id = "basename $(ls -d small/*/run.json | head -1 | xargs dirname)";
    const first = follow(small, `train(${JSON.stringify(toy)}, RUNS)`);
    const second = follow(small, "resumeRun(process.env.ID, RUNS)");
    const script = (name: string, code: string) => `cat > ${name} <<'END'\n${imports}\n${code}\nEND\n`;
    const commands = `${script("first.mjs", first)}${script("second.mjs", second)}
      mount -t tmpfs -o size=300k none small
      ${process.execPath} first.mjs
      export ID=$(${id})
      mount -o remount,size=20m small
      ${process.execPath} second.mjs
      mkdir -p kept && cp -r small/$ID kept/`;
    const { stdout, stderr } = spawnSync("unshare", ["-rm", "bash", "-c", commands], {
      encoding: "utf8",
      cwd: place,
    });
    const lines = stdout.trim().split("\n");
    expect(lines[0], stderr).toMatch(
      /^TrainingError: .*could not be written: the disk is full \(.* were to be written, .* free\)/,
    );
    expect(lines[2]).toBe("finished");
    expect(computed({ path: join(place, "kept", lines[3]!) })).toEqual(computed(wholeToy.directory));
  });
});

describe("a directory that this user can't write", () => {
  // Root may write everywhere: then another user is tried.
  const uid = process.getuid?.() === 0 ? { uid: 65534 } : {};

  test("is said before a run begins", () => {
    const closed = join(place, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o555);
    const code = `try { train(${JSON.stringify(toy)}, { runs: ${JSON.stringify(closed)} }); } catch (error) { say(error); }`;
    const { stdout, stderr } = runScript(place, code, uid);
    expect(stdout, stderr).toMatch(
      /^RunStoreError: .*closed.* could not be written: this user may not write there; change the permissions, or name another directory/,
    );
    expect(readdirSync(closed)).toEqual([]);
  });

  test("is said before a run is resumed, and nothing of it changes", async () => {
    const { directory } = await trainHere(toy, { runs: join(place, "given"), ask: pauseAfter(300) });
    for (const path of [directory.path, directory.checkpoints]) chmodSync(path, 0o555);
    const events = readFileSync(directory.events);
    const code = `try { resumeRun(${JSON.stringify(directory.path)}); } catch (error) { say(error); }`;
    const { stdout, stderr } = runScript(place, code, uid);
    expect(stdout, stderr).toMatch(/^RunStoreError: .* could not be written: this user may not write there/);
    expect(readFileSync(directory.events).equals(events)).toBe(true);
    for (const path of [directory.path, directory.checkpoints]) chmodSync(path, 0o755);
  });
});
