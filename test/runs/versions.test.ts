import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { libraryVersion } from "../../src/library-version.ts";
import { RunDirectory } from "../../src/runs/directory.ts";
import { listRuns, readSnapshot } from "../../src/runs/list.ts";
import { runRecordSchema, summarySchema } from "../../src/runs/schema.ts";
import { newestCheckpoint } from "../../src/training/checkpoint.ts";
import { computed, continueHere, eventsOf, trainHere } from "../training/in-process.ts";

// Written by the library before its files had versions: one run that ended, and one that was paused, resumed and paused.
const old = fileURLToPath(new URL("fixtures/version-0", import.meta.url));
const [paused, finished] = ["maxright-20261124-220006-d2fc", "mix-20261124-220005-67b0"];

const place = mkdtempSync(join(tmpdir(), "alright-versions-"));
const runs = join(place, "runs");
beforeEach(() => {
  rmSync(runs, { recursive: true, force: true });
  cpSync(old, runs, { recursive: true });
});
afterAll(() => rmSync(place, { recursive: true }));

const json = (...path: string[]) => JSON.parse(readFileSync(join(...path), "utf8"));

describe("run directories of version 0", () => {
  test("are listed, and left as they are", () => {
    const rows = listRuns({ runs });
    expect(rows.map(({ id, state, step }) => [id, state, step])).toEqual([
      [finished, "finished", 60],
      [paused, "paused", 45],
    ]);
    expect(readSnapshot(join(runs, paused)).steered).toEqual([{ step: 15, lambda: 0.9 }]);
    // One event had been cut when it was resumed.
    const lines = readFileSync(join(runs, paused, "events.jsonl"), "utf8").split("\n").length - 1;
    expect(readSnapshot(join(runs, paused)).seq).toBe(lines + 1);
    for (const id of [paused, finished]) expect(json(runs, id, "run.json").version).toBeUndefined();
  });

  test("go on from their checkpoints as if nothing had happened, and become of this version", async () => {
    const directory = new RunDirectory(join(runs, paused));
    const { specification } = directory.readRecord();
    const resumed = await continueHere(directory);
    expect(resumed.ended.summary).toMatchObject({ state: "finished", steps: 60 });
    const ask = (event: { type: string; step: number }) =>
      event.type === "step" && event.step === 14
        ? ({ kind: "steer", options: { lambda: 0.9 } } as const)
        : null;
    const whole = await trainHere(specification, { runs: join(place, "other"), ask });
    expect(computed(directory)).toEqual(computed(whole.directory));
    expect(json(directory.summary)).toMatchObject({ version: 1, library: libraryVersion });
    expect(json(directory.cut)).toMatchObject({ version: 1 });
    const checkpoint = newestCheckpoint(directory.checkpoints)!;
    expect(json(checkpoint.directory, "state.json")).toMatchObject({ version: 2 });
    expect(json(checkpoint.directory, "digest.json")).toMatchObject({ version: 1 });
    expect(eventsOf(directory).filter(({ type }) => type === "resumed")).toHaveLength(2);
  });

  test("with a broken line among their events are refused, though they have no digest of them", async () => {
    const directory = new RunDirectory(join(runs, paused));
    const lines = readFileSync(directory.events, "utf8").split("\n");
    lines[9] = lines[9]!.slice(0, -1);
    writeFileSync(directory.events, lines.join("\n"));
    await expect(continueHere(directory)).rejects.toThrow(/events\.jsonl:10 is not an event/);
  });
});

describe("files of a newer library", () => {
  const raise = (...path: string[]) => {
    const content = json(...path);
    writeFileSync(join(...path), JSON.stringify({ ...content, version: 99, library: "7.3.0" }));
  };
  const words = new RegExp(
    `of version 99; alright-ts ${libraryVersion} knows those up to \\d: use alright-ts 7.3.0 or a newer one`,
  );

  test.each(["run.json", "summary.json"])(
    "%s: the error says which version of the library to use",
    (file) => {
      raise(runs, finished, file);
      expect(() => listRuns({ runs })).toThrow(words);
      expect(() => listRuns({ runs })).toThrow(join(runs, finished, file));
    },
  );

  test.each(["state.json", "digest.json"])(
    "a checkpoint's %s: it is not passed over as damaged",
    async (file) => {
      const directory = new RunDirectory(join(runs, paused));
      const [newest] = readdirSync(directory.checkpoints).sort().reverse();
      raise(directory.checkpoints, newest!, file);
      if (file === "state.json") {
        // As it was written.
        const { createHash } = await import("node:crypto");
        const digests = json(directory.checkpoints, newest!, "digest.json");
        const bytes = readFileSync(join(directory.checkpoints, newest!, file));
        digests[file] = createHash("sha256").update(bytes).digest("hex");
        writeFileSync(join(directory.checkpoints, newest!, "digest.json"), JSON.stringify(digests));
      }
      await expect(continueHere(directory)).rejects.toThrow(words);
    },
  );
});

test("JSON schemas of the files have their versions and keys", () => {
  const record = runRecordSchema() as { required: string[]; properties: Record<string, { const?: number }> };
  expect(record.properties.version).toEqual({ const: 1 });
  expect(record.required).toEqual(
    expect.arrayContaining([
      "version",
      "library",
      "id",
      "created",
      "specification",
      "versions",
      "methodHash",
    ]),
  );
  const summary = summarySchema() as typeof record;
  const ended = ["version", "library", ...Object.keys(json(runs, finished, "summary.json"))];
  expect(Object.keys(summary.properties).sort()).toEqual(ended.sort());
});

test("a record that is none is an error that names its file and key", () => {
  const file = join(runs, paused, "run.json");
  const { created, ...record } = json(file);
  writeFileSync(file, JSON.stringify(record));
  expect(() => new RunDirectory(join(runs, paused)).readRecord()).toThrow(
    /run\.json is no run's record: created: /,
  );
  writeFileSync(file, "{");
  expect(() => new RunDirectory(join(runs, paused)).readRecord()).toThrow(/run\.json: /);
});
