import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createRunDirectory, findRunDirectory } from "../../src/runs/directory.ts";
import { encodeEvent, readEvents } from "../../src/runs/event-log.ts";
import { listRuns, readSnapshot } from "../../src/runs/list.ts";
import { runs as runsTable } from "../../src/runs/table.ts";
import { toySpecification } from "../../src/runs/toy-defaults.ts";

const runs = mkdtempSync(join(tmpdir(), "alright-list-"));
afterAll(() => rmSync(runs, { recursive: true }));

function makeRun(lambda: number) {
  const specification = toySpecification({ model: "toy:conflict", method: { name: "mix", lambda } });
  const made = createRunDirectory(runs, {
    specification,
    workingDirectory: runs,
    versions: {},
    methodHash: null,
  });
  const time = new Date().toISOString();
  writeFileSync(
    made.directory.events,
    [
      encodeEvent({ type: "started", step: 0, time, steps: 9, ideal: { dpo: 0, sft: 0 } }),
      encodeEvent({ type: "evaluated", step: 0, time, losses: { dpo: 3, sft: 4 } }),
    ].join(""),
  );
  return made;
}

test("runs are listed as rows and as a DataFrame, the newest last", () => {
  const first = makeRun(0.25);
  const second = makeRun(0.75);
  mkdirSync(join(runs, "not-a-run"));
  const rows = listRuns({ runs });
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([first.record.id, second.record.id]));
  const row = rows.find(({ id }) => id === first.record.id)!;
  expect(row).toMatchObject({ method: "mix", lambda: 0.25, dpo: 3, sft: 4, idealDistance: 5, steps: 9 });
  // No trainer works on it, and it has not ended.
  expect(row.state).toBe("paused");
  expect(readSnapshot(first.directory).note).toMatch(/can be resumed/);
  const table = runsTable({ dir: runs });
  expect(table.shape).toEqual([2, 20]);
  expect([...(table.column("lambda").values as number[])].sort()).toEqual([0.25, 0.75]);
  expect(table.query(table.column("lambda").gt(0.5)).shape[0]).toBe(1);
});

test("a run that can't be read is an error that names its file, or is left out and told", () => {
  const place = join(runs, "nowhere", "broken");
  const file = join(place, "run.json");
  mkdirSync(place, { recursive: true });
  writeFileSync(file, "{");
  const within = join(runs, "nowhere");
  expect(() => listRuns({ runs: within })).toThrow(file);
  const told: string[] = [];
  expect(
    listRuns({ runs: within, onUnreadable: (error, directory) => told.push(directory, error.message) }),
  ).toEqual([]);
  expect(told[0]).toBe(place);
  expect(told[1]).toContain(file);
  rmSync(within, { recursive: true });
});

test("no runs are no rows", () => {
  expect(listRuns({ runs: join(runs, "nowhere") })).toEqual([]);
  expect(runsTable({ dir: join(runs, "nowhere") }).columns).toContain("idealDistance");
});

test("a run that is not there is an error that says where it looked", () => {
  expect(() => findRunDirectory("nothing", runs)).toThrow(
    /nothing: no run is there; looked for run\.json in/,
  );
});

test("a broken line of events.jsonl is an error that names it", () => {
  const file = join(runs, "broken.jsonl");
  writeFileSync(file, '{"type":"resumed","step":1,"time":""}\n{"type":\n{}\n');
  expect(() => readEvents(file)).toThrow(/broken\.jsonl:2: not an event/);
});
