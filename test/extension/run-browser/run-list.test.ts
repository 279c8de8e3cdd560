import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chosenRuns } from "../../../extension/src/run-browser/chosen-runs.ts";
import { RunList } from "../../../extension/src/run-browser/run-list.ts";
import { RunReader } from "../../../extension/src/run-browser/run-reader.ts";
import { RunStore } from "../../../extension/src/store.ts";
import { encodeEvent } from "../../../src/runs/event-log.ts";
import { listRuns, readSnapshot } from "../../../src/runs/list.ts";
import { makeRun } from "../../runs/made-runs.ts";
import { DiskFiles } from "./disk-files.ts";

let folder: string;
let runs: string;
let files: DiskFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alright-browser-"));
  runs = join(folder, "runs");
  files = new DiskFiles(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function listed(store: RunStore | null = null): Promise<RunList> {
  const list = new RunList(files, store, "runs");
  await list.refresh();
  return list;
}

const step = (at: number, time = new Date()) =>
  encodeEvent({
    type: "step",
    step: at,
    time: time.toISOString(),
    objective: "dpo",
    losses: { dpo: 1 },
    gradNorm: 1,
    tokens: 10,
    seconds: 0.5,
    learningRate: 1e-3,
  });

describe("the runs of a directory", () => {
  it("come newest first, by their own time where the second is the same", async () => {
    const made = [0.1, 0.2, 0.3].map((lambda, i) => {
      const { directory } = makeRun(runs, { method: { name: "alright", lambda } });
      const file = join(directory.path, "run.json");
      const record = JSON.parse(readFileSync(file, "utf8"));
      // Made in another order than their names have.
      const created = `2026-01-01T00:00:00.${[200, 900, 500][i]}Z`;
      writeFileSync(file, JSON.stringify({ ...record, created }));
      return lambda;
    });
    const { runs: found } = await listed();
    expect(found.map(({ row }) => row!.lambda)).toEqual([made[1], made[2], made[0]]);
  });

  it("say whether a trainer has let go of them", async () => {
    const { directory } = makeRun(runs, { method: { name: "dpo" }, ended: false });
    const list = await listed();
    const reader = list.reader(list.runs[0]!.path)!;
    expect(await reader.isTaken()).toBe(false);
    writeFileSync(join(directory.path, "trainer.pid"), "1\n");
    expect(await reader.isTaken()).toBe(true);
  });

  it("have the numbers of the library's own list", async () => {
    makeRun(runs, { method: { name: "alright", lambda: 0.25 }, losses: { dpo: 0.5, sft: 3 } });
    makeRun(runs, { method: { name: "mix", lambda: 0.5 }, losses: { dpo: 1, sft: 1.5 }, seed: 7 });
    makeRun(runs, { method: { name: "dpo" }, losses: { dpo: 0.4, sft: 3.5 }, name: "mine" });
    makeRun(runs, { method: { name: "alright", lambda: 0.75 }, losses: { dpo: 0.7, sft: 2 }, ended: false });
    const list = await listed();
    const [open] = listRuns({ runs }).filter(({ state }) => state === "paused");
    const own = list.runs.map(({ row }) => ({ ...row!, directory: join(folder, row!.directory) }));
    // Whether a trainer lives is not to be seen from a browser: an unfinished run counts as going for a while.
    const library = listRuns({ runs }).map((row) =>
      row.id === open!.id ? { ...row, state: "running" } : row,
    );
    expect(own.sort((a, b) => a.id.localeCompare(b.id))).toEqual(
      library.sort((a, b) => a.id.localeCompare(b.id)),
    );
  });

  it("are none where there is no such directory", async () => {
    const list = await listed();
    expect([list.exists, list.runs, list.problem]).toEqual([false, [], null]);
  });

  it("are read once, unless they change", async () => {
    const { directory } = makeRun(runs, { method: { name: "mix", lambda: 0.5 } });
    for (let i = 0; i < 5; i++) makeRun(runs, { method: { name: "dpo" } });
    const list = await listed();
    expect(files.reads).toHaveLength(12); // run.json and summary.json of each
    await list.refresh();
    expect(files.reads).toHaveLength(12);
    directory.writeSummary({ ...directory.readSummary()!, state: "stopped" });
    const later = new Date(Date.now() + 5000);
    utimesSync(directory.path, later, later);
    await list.refresh();
    expect(files.reads).toHaveLength(14);
    expect(list.runs.filter(({ row }) => row?.state === "stopped")).toHaveLength(1);
  });

  it("of those that go on, only news are read", async () => {
    const { directory } = makeRun(runs, { method: { name: "mix", lambda: 0.5 }, ended: false });
    const list = await listed();
    const before = files.bytes;
    const line = step(6);
    // Half a line is there first: the trainer is still writing.
    appendFileSync(directory.events, line.slice(0, 40));
    await list.refresh();
    expect(list.runs[0]!.row).toMatchObject({ state: "running", step: 0, seconds: 10 });
    appendFileSync(directory.events, line.slice(40));
    await list.refresh();
    expect(files.bytes - before).toBe(line.length);
    expect(list.runs[0]!.row).toMatchObject({ state: "running", step: 6, seconds: 10.5 });
  });

  it("of one whose trainer is silent: it is paused", async () => {
    const { directory } = makeRun(runs, { method: { name: "mix", lambda: 0.5 }, ended: false });
    writeFileSync(directory.events, step(1, new Date(Date.now() - 3_600_000)));
    const list = await listed();
    expect(list.runs[0]!.row?.state).toBe("paused");
    const snapshot = await list.reader(list.runs[0]!.path)!.snapshot();
    expect(snapshot.note).toContain("can be resumed");
    appendFileSync(directory.events, step(2));
    await list.refresh();
    expect(list.runs[0]!.row?.state).toBe("preparing"); // what its events say
  });

  it("of a file that was cut and grew again, it starts afresh", async () => {
    const { directory } = makeRun(runs, { method: { name: "mix", lambda: 0.5 }, ended: false });
    const list = await listed();
    writeFileSync(directory.events, step(1));
    await list.refresh();
    expect(list.runs[0]!.row).toMatchObject({ step: 1, seconds: 0.5 });
  });

  it("that a kernel tells of have its numbers", async () => {
    const { directory, id } = makeRun(runs, { method: { name: "mix", lambda: 0.5 }, ended: false });
    const store = new RunStore();
    const list = await listed(store);
    const told = new Promise<void>((resolve) => list.changed.connect(() => resolve()));
    store.receive([{ ...readSnapshot(directory), runId: id, state: "running", seq: 100, step: 17 }]);
    await told;
    expect(list.runs[0]!.row).toMatchObject({ state: "running", step: 17 });
  });

  it("and a snapshot from events equals the library's", async () => {
    const { directory } = makeRun(runs, { method: { name: "alright", lambda: 0.3 } });
    appendFileSync(
      directory.events,
      encodeEvent({ type: "finished", step: 20, time: new Date().toISOString(), reason: "steps" }),
    );
    directory.addCut(3);
    const reader = new RunReader(files, `runs/${directory.path.split("/").at(-1)}`);
    expect(await reader.snapshot()).toEqual(readSnapshot(directory));
  });
});

describe("foreign and damaged directories", () => {
  it("are passed over, or say what is wrong, and harm no other run", async () => {
    makeRun(runs, { method: { name: "dpo" } });
    mkdirSync(join(runs, "notes"));
    for (const [name, text] of Object.entries({
      "no-json": "{",
      "no-object": "[]",
      "other-keys": '{"version":1,"id":5}',
      "from-the-future": '{"version":99,"library":"9.0.0"}',
      "too-large": " ".repeat(3e6),
    })) {
      mkdirSync(join(runs, name));
      writeFileSync(join(runs, name, "run.json"), text);
    }
    const list = await listed();
    const problems = Object.fromEntries(list.runs.map(({ name, problem }) => [name.slice(0, 8), problem]));
    expect(list.runs).toHaveLength(6);
    expect(problems["no-json"]).toMatch(/run\.json: .*JSON/);
    expect(problems["no-objec"]).toMatch(/run\.json is no run's record/);
    expect(problems["other-ke"]).toMatch(/run\.json is no run's record: id/);
    expect(problems["from-the"]).toMatch(/of version 99.*use alright-ts 9\.0\.0/);
    expect(problems["too-larg"]).toMatch(/too large/);
    expect(list.runs.filter(({ row }) => row)).toHaveLength(1);
  });

  it("a broken line of events ends what is believed", async () => {
    const { directory } = makeRun(runs, { method: { name: "dpo" }, ended: false });
    appendFileSync(directory.events, `{"type":"step","step":-1}\n${step(9)}`);
    const list = await listed();
    const snapshot = await list.reader(list.runs[0]!.path)!.snapshot();
    expect(snapshot).toMatchObject({ state: "paused", step: 0 });
    expect(snapshot.note).toMatch(/events\.jsonl:5 is damaged/);
  });
});

describe("choosing", () => {
  it("finds words, a state, and sorts by any column; what has no value comes last", async () => {
    makeRun(runs, { method: { name: "alright", lambda: 0.25 }, losses: { dpo: 3, sft: 1 } });
    makeRun(runs, { method: { name: "mix", lambda: 0.5 }, losses: { dpo: 1, sft: 1 } });
    makeRun(runs, { method: { name: "dpo" }, losses: { dpo: 2, sft: 1 }, ended: false });
    const { runs: all } = await listed();
    const dpo = (choice: Partial<Parameters<typeof chosenRuns>[1]>) =>
      chosenRuns(all, { words: "", state: "", sort: null, ...choice }).map(({ row }) => row?.dpo);
    expect(dpo({ sort: "dpo" })).toEqual([1, 2, 3]);
    expect(dpo({ sort: "-dpo" })).toEqual([3, 2, 1]);
    expect(dpo({ sort: "-lambda" })).toEqual([1, 3, 2]);
    expect(dpo({ words: "λ=0.25 ALRIGHT" })).toEqual([3]);
    expect(dpo({ state: "running" })).toEqual([2]);
    expect(dpo({ words: "nothing" })).toEqual([]);
  });
});

describe("500 runs", () => {
  it("are listed with few requests, those in sight first, and sorted quickly", async () => {
    const { directory } = makeRun(runs, { method: { name: "alright", lambda: 0.5 } });
    for (let i = 1; i < 500; i++) cpSync(directory.path, `${directory.path}${i}`, { recursive: true });
    const list = new RunList(files, null, "runs");
    const names = (await files.directories("runs"))!.map(({ path }) => path).sort();
    list.inSight = new Set(names.slice(0, 20));
    await list.refresh();
    expect(list.runs.every(({ row }) => row)).toBe(true);
    expect(files.reads).toHaveLength(1000);
    const first = new Set(files.reads.slice(0, 40).map((path) => path.replace(/\/[^/]+$/, "")));
    expect([...first].filter((path) => names.indexOf(path) < 20)).toHaveLength(20);
    const begun = performance.now();
    chosenRuns(list.runs, { words: "alright", state: "finished", sort: "-idealDistance" });
    expect(performance.now() - begun).toBeLessThan(50);
  });
});
