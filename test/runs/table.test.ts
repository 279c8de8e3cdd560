import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exportRuns, listRuns, runs as runsTable } from "../../src/index.ts";
import { shown, shownColumns, sortRows } from "../../src/runs/columns.ts";
import { encodeEvent } from "../../src/runs/event-log.ts";
import { makeRun } from "./made-runs.ts";

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), "alright-table-"));
});
afterEach(() => rmSync(runs, { recursive: true }));

const alright = (lambda: number) => ({ name: "alright", lambda });

describe("rows of runs", () => {
  test("have gaps, distance, time and memory; what a run adds to the hypervolume is measured from the start", () => {
    const a = makeRun(runs, { method: alright(0.1), losses: { dpo: 1, sft: 1 }, seconds: 7, peakMemory: 5 });
    const b = makeRun(runs, { method: alright(0.9), losses: { dpo: 0.5, sft: 3 } });
    // Worse than the start (2, 4) in one loss.
    const c = makeRun(runs, { method: { name: "sft" }, losses: { dpo: 2.5, sft: 0.5 } });
    const other = makeRun(runs, {
      method: alright(0.5),
      model: "toy:as-printed",
      losses: { dpo: 1, sft: 3 },
    });
    const rows = new Map(listRuns({ runs }).map((row) => [row.id, row]));
    const first = rows.get(a.id)!;
    expect(first).toMatchObject({ dpoGap: 1, sftGap: 1, seconds: 7, peakMemory: 5, seed: 42 });
    expect(first.idealDistance).toBeCloseTo(Math.SQRT2, 12);
    // a's box from (2, 4): 1 × 3, of which b's has 1 × 1; b's: 1.5 × 1, less the same.
    expect(rows.get(a.id)!.hypervolume).toBeCloseTo(2, 12);
    expect(rows.get(b.id)!.hypervolume).toBeCloseTo(0.5, 12);
    expect(rows.get(c.id)!.hypervolume).toBe(0);
    // Of another model: compared with none of them.
    expect(rows.get(other.id)!.hypervolume).toBeCloseTo(1, 12);
    const further = listRuns({ runs, reference: { dpo: 3, sft: 4 } });
    // From (3, 4), c has 0.5 × 3.5, of which a's box has 0.5 × 3.
    expect(further.find(({ id }) => id === c.id)!.hypervolume).toBeCloseTo(0.25, 12);
  });

  test("are filtered by method and state, and sorted with unknown values last", () => {
    const low = makeRun(runs, { method: alright(0.1) });
    const high = makeRun(runs, { method: alright(0.9) });
    const sft = makeRun(runs, { method: { name: "sft" }, ended: false });
    expect(listRuns({ runs, method: "sft" }).map(({ id }) => id)).toEqual([sft.id]);
    expect(listRuns({ runs, state: ["paused", "failed"] }).map(({ id }) => id)).toEqual([sft.id]);
    const rows = listRuns({ runs });
    expect(sortRows(rows, "λ").map(({ id }) => id)).toEqual([low.id, high.id, sft.id]);
    expect(sortRows(rows, "-lambda").map(({ id }) => id)).toEqual([high.id, low.id, sft.id]);
    expect(() => sortRows(rows, "idealdistanse")).toThrow(
      /no column "idealdistanse"; did you mean "idealDistance"/,
    );
  });

  test("of runs that go on are read from their events once, and again when those change", () => {
    const { directory, id } = makeRun(runs, { method: alright(0.5), ended: false });
    const then = new Date("2026-01-02T03:04:05Z");
    utimesSync(directory.events, then, then);
    expect(listRuns({ runs })[0]).toMatchObject({ id, dpo: 1, peakMemory: 1e8, state: "paused" });
    const kept = join(runs, ".cache", "figures.json");
    expect(existsSync(kept)).toBe(true);
    // Of the same size and time: what is kept is believed.
    const text = readFileSync(directory.events, "utf8");
    writeFileSync(directory.events, text.replaceAll('"dpo":1,', '"dpo":7,'));
    utimesSync(directory.events, then, then);
    expect(listRuns({ runs })[0]!.dpo).toBe(1);
    const time = new Date().toISOString();
    appendFileSync(
      directory.events,
      encodeEvent({ type: "evaluated", step: 9, time, losses: { dpo: 0.5, sft: 0.25 } }),
    );
    expect(listRuns({ runs })[0]).toMatchObject({ dpo: 0.5, sft: 0.25 });
    writeFileSync(kept, "{");
    expect(listRuns({ runs })[0]).toMatchObject({ dpo: 0.5, sft: 0.25 });
  });

  test("a broken summary is an error that names it", () => {
    const { directory } = makeRun(runs, { method: alright(0.5) });
    writeFileSync(directory.summary, "{");
    expect(() => listRuns({ runs })).toThrow(/summary\.json: /);
  });
});

describe("the DataFrame", () => {
  test("has numbers as numbers, and NaN where one is missing", () => {
    makeRun(runs, { method: { name: "sft" } });
    makeRun(runs, { method: alright(0.25) });
    const table = runsTable({ dir: runs, sort: "-lambda" });
    expect(table.column("lambda").values).toEqual([0.25, Number.NaN]);
    expect(table.column("lambda").dtype).toBe("float32");
    expect(table.column("state").values).toEqual(["finished", "finished"]);
    expect(table.column("dpo").mean()).toBe(1);
    expect(runsTable({ dir: runs, method: ["alright"] }).shape[0]).toBe(1);
  });
});

describe("shown", () => {
  test("values are short, with units; the data are not", () => {
    makeRun(runs, {
      method: alright(1 / 3),
      seconds: 245.4,
      peakMemory: 1_234_000_000,
      losses: { dpo: 0.123456, sft: 1 },
    });
    const [row] = listRuns({ runs });
    const cells = Object.fromEntries(
      shownColumns.map((column) => [column.key, shown(column, row![column.key])]),
    );
    expect(cells).toMatchObject({
      lambda: "0.3333",
      dpo: "0.1235",
      seconds: "4 min 05 s",
      peakMemory: "1.23 GB",
    });
    const time = shownColumns.find(({ key }) => key === "seconds")!;
    expect([0.1234, 59.96, 3599.7, 7500].map((seconds) => shown(time, seconds))).toEqual([
      "0.123 s",
      "60 s",
      "1 h 00 min",
      "2 h 05 min",
    ]);
    expect(shown(time, null)).toBe("");
  });
});

describe("export", () => {
  test("CSV quotes what needs it, JSON has null for what is missing, and no file is replaced unasked", () => {
    makeRun(runs, { method: { name: "sft" }, name: 'a "good", long\nname' });
    const rows = listRuns({ runs });
    const csv = exportRuns(rows, join(runs, "out.csv"), "csv");
    const text = readFileSync(csv, "utf8");
    expect(text.startsWith("name,state,method,lambda,")).toBe(true);
    expect(text).toContain('"a ""good"", long\nname",finished,sft,,20');
    const json = exportRuns(rows, join(runs, "out.json"), "json");
    expect(JSON.parse(readFileSync(json, "utf8"))).toEqual(rows);
    expect(() => exportRuns([], csv, "csv")).toThrow(/is there already; --force/);
    expect(readFileSync(csv, "utf8")).toBe(text);
    exportRuns([], csv, "csv", { force: true });
    expect(readFileSync(csv, "utf8").split("\r\n")).toHaveLength(2);
    expect(() => exportRuns(rows, join(runs, "no", "out.csv"), "csv")).toThrow(/directory does not exist/);
  });
});
