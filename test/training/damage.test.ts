import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resumeRun, type SpecificationInput } from "../../src/index.ts";
import { RunDirectory } from "../../src/runs/directory.ts";
import { readSnapshot } from "../../src/runs/list.ts";
import { computed, continueHere, eventsOf, pauseAfter, type TrainedHere, trainHere } from "./in-process.ts";
import { writeTinyData, writeTinyModel } from "./tiny-model.ts";

const place = mkdtempSync(join(tmpdir(), "alright-damage-"));
const runs = join(place, "runs");
afterAll(() => rmSync(place, { recursive: true }));

let whole: TrainedHere;
/** Paused after step 8, with checkpoints of steps 5 and 8; Sequential in its second stage: it has every kind of file. */
let left: RunDirectory;
let copies = 0;

beforeAll(async () => {
  await writeTinyModel(join(place, "model"));
  const input: SpecificationInput = {
    model: join(place, "model"),
    data: writeTinyData(join(place, "data")),
    method: { name: "sequential", order: ["sft", "dpo"], steps: [4, 8] },
    lora: { rank: 4, alpha: 4, dropout: 0.1 },
    ideal: null,
    optimizer: { learningRate: 1e-2 },
    batchSize: { sft: 6, dpo: 4 },
    evaluation: { every: 4, fraction: 0.1 },
    checkpoint: { every: 5 },
    threads: 1,
  };
  whole = await trainHere(input, { runs });
  ({ directory: left } = await trainHere(input, { runs, ask: pauseAfter(8) }));
});

/** A copy of the run that was left, to be damaged. */
function copied(): RunDirectory {
  const path = join(runs, `copy-${copies++}`);
  cpSync(left.path, path, { recursive: true });
  return new RunDirectory(path);
}

const noteOf = (directory: RunDirectory) => {
  const event = eventsOf(directory).findLast(({ type }) => type === "resumed");
  return (event as { note?: string } | undefined)?.note ?? "";
};
const tensors = ({ final }: RunDirectory) => readFileSync(join(final, "adapter_model.safetensors"));

function flipBit(file: string, at = 0.5): void {
  const bytes = readFileSync(file);
  bytes[Math.floor(bytes.length * at)]! ^= 0x10;
  writeFileSync(file, bytes);
}

const damages: [string, (file: string) => void][] = [
  ["cut short", (file) => writeFileSync(file, readFileSync(file).subarray(0, -1))],
  ["empty", (file) => writeFileSync(file, "")],
  ["with a flipped bit", (file) => flipBit(file)],
  ["gone", (file) => rmSync(file)],
];

describe("a checkpoint", () => {
  test("has these files", () => {
    const files = readdirSync(join(left.checkpoints, "8"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(left.checkpoints, "8").length + 1));
    expect(files.sort()).toEqual([
      "adapter/adapter_config.json",
      "adapter/adapter_model.safetensors",
      "digest.json",
      "merged-1/adapter_config.json",
      "merged-1/adapter_model.safetensors",
      "optimizer.bin",
      "reference.json",
      "state.json",
    ]);
  });

  for (const file of [
    "adapter/adapter_config.json",
    "adapter/adapter_model.safetensors",
    "digest.json",
    "merged-1/adapter_model.safetensors",
    "optimizer.bin",
    "reference.json",
    "state.json",
  ])
    test(`whose ${file} is damaged is passed over for the one before, and that is said`, async () => {
      const [name, damage] = damages[file.length % damages.length]!;
      const directory = copied();
      damage(join(directory.checkpoints, "8", file));
      const resumed = await continueHere(directory);
      expect(resumed.ended.summary, name).toMatchObject({ state: "finished", steps: 12 });
      expect(noteOf(directory)).toMatch(
        /^the newest checkpoint is damaged \(.*checkpoints\/8.*\): gone on from that of step 5, steps 6 to 8 made again$/,
      );
      expect(noteOf(directory)).toContain(file === "digest.json" ? "digest.json" : file);
      expect(resumed.snapshots.some(({ note }) => note?.startsWith("the newest checkpoint"))).toBe(true);
      expect(computed(directory)).toEqual(computed(whole.directory));
      expect(tensors(directory).equals(tensors(whole.directory))).toBe(true);
    });

  test.each(damages)("whose optimiser state is %s is passed over", async (_, damage) => {
    const directory = copied();
    damage(join(directory.checkpoints, "8", "optimizer.bin"));
    expect((await continueHere(directory, { ask: pauseAfter(9) })).ended.summary.state).toBe("paused");
    expect(noteOf(directory)).toMatch(/optimizer\.bin is (missing|not as it was written).*step 5/);
    // The damaged one is of a future that is no more: the two newest that are good stay.
    expect(readdirSync(directory.checkpoints).sort()).toEqual(["5", "9"]);
  });

  test("a file that does not belong there is damage, too", async () => {
    const directory = copied();
    writeFileSync(join(directory.checkpoints, "8", "merged-2"), "");
    await continueHere(directory, { ask: pauseAfter(9) });
    expect(noteOf(directory)).toMatch(/merged-2 does not belong there/);
  });

  test("both damaged: an error that names the files, and nothing is changed", async () => {
    const directory = copied();
    flipBit(join(directory.checkpoints, "8", "optimizer.bin"));
    flipBit(join(directory.checkpoints, "5", "adapter", "adapter_model.safetensors"));
    const files = () =>
      readdirSync(directory.path, { recursive: true })
        .map(String)
        .sort()
        .map((name) => [
          name,
          existsSync(join(directory.path, name, ".")) || readFileSync(join(directory.path, name), "latin1"),
        ]);
    const before = files();
    const run = resumeRun(directory.path);
    await expect(run.done).rejects.toThrow(
      /can't be resumed.*checkpoints\/8: optimizer\.bin is not.*checkpoints\/5: adapter\/adapter_model\.safetensors is not.*Nothing was changed/,
    );
    expect(run.state).toBe("paused");
    expect(run.snapshot().note).toMatch(/can't be resumed/);
    expect(files()).toEqual(before);
  });
});

describe("events.jsonl", () => {
  const linesOf = ({ events }: RunDirectory) => readFileSync(events, "utf8").split("\n");
  const inLine = (directory: RunDirectory, type: string, step: number, change: (line: string) => string) => {
    const lines = linesOf(directory);
    const i = lines.findIndex((line) => line.startsWith(`{"type":"${type}","step":${step},`));
    expect(i).toBeGreaterThan(0);
    lines[i] = change(lines[i]!);
    writeFileSync(directory.events, lines.join("\n"));
    return i + 1;
  };

  test("half an event at its end is left out, and nothing said", async () => {
    const directory = copied();
    appendFileSync(directory.events, '{"type":"step","st');
    await continueHere(directory);
    expect(noteOf(directory)).toBe("");
    expect(computed(directory)).toEqual(computed(whole.directory));
  });

  test("a digit that changed before the newest checkpoint: the one before it is used, and that is said", async () => {
    const directory = copied();
    inLine(directory, "step", 7, (line) =>
      line.replace(/"gradNorm":(\d)/, (_, digit) => `"gradNorm":${9 - digit}`),
    );
    await continueHere(directory);
    expect(noteOf(directory)).toMatch(
      /events\.jsonl is not as it was written in its first \d+ lines.*step 5, steps 6 to 8/,
    );
    expect(computed(directory)).toEqual(computed(whole.directory));
  });

  test("a broken line there likewise; the run can be looked at all the same", async () => {
    const directory = copied();
    const number = inLine(directory, "step", 7, (line) => line.replace('"losses"', "losses"));
    const snapshot = readSnapshot(directory);
    expect(snapshot).toMatchObject({ state: "paused", step: 6 });
    expect(snapshot.note).toMatch(new RegExp(`events\\.jsonl:${number} is damaged; resuming goes on`));
    const resumed = await continueHere(directory);
    expect(resumed.snapshots[0]!.seq).toBeGreaterThan(snapshot.seq);
    expect(noteOf(directory)).toMatch(new RegExp(`events\\.jsonl:${number} is not an event`));
    expect(computed(directory)).toEqual(computed(whole.directory));
  });

  test("a broken line after the newest checkpoint is cut, and that is said", async () => {
    const directory = copied();
    const number = inLine(directory, "paused", 8, (line) => line.slice(0, -1));
    await continueHere(directory);
    expect(noteOf(directory)).toMatch(
      new RegExp(`^line ${number} of .*events\\.jsonl can't be read and is gone.*steer again`),
    );
    expect(computed(directory)).toEqual(computed(whole.directory));
  });

  test("damaged before both checkpoints: an error that names it, and nothing is changed", async () => {
    const directory = copied();
    inLine(directory, "step", 2, (line) =>
      line.replace(/"tokens":(\d)/, (_, digit) => `"tokens":${9 - digit}`),
    );
    const before = readFileSync(directory.events);
    await expect(continueHere(directory)).rejects.toThrow(
      /can't be resumed.*events\.jsonl is not as it was written/,
    );
    expect(readFileSync(directory.events).equals(before)).toBe(true);
    expect(existsSync(directory.owner)).toBe(false);
  });
});
