import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resumeRun, type SpecificationInput, train } from "../../src/index.ts";
import { computed, eventsOf, pauseAfter, type TrainedHere, trainHere } from "./in-process.ts";
import { type Fault, withFault } from "./script.ts";
import { writeTinyData, writeTinyModel } from "./tiny-model.ts";

// SIGKILL of the trainer at chosen moments; test/long/kills.test.ts has random ones.

const place = mkdtempSync(join(tmpdir(), "alright-kills-"));
const runs = join(place, "runs");
afterAll(() => rmSync(place, { recursive: true }));

const toy = {
  model: "toy:conflict",
  data: {},
  method: { name: "maxright", k: 3 },
  steps: 40,
  evaluation: { every: 10 },
  checkpoint: { every: 10 },
} as SpecificationInput;
let language: SpecificationInput;
const whole: Record<string, TrainedHere> = {};

beforeAll(async () => {
  await writeTinyModel(join(place, "model"));
  language = {
    model: join(place, "model"),
    data: writeTinyData(join(place, "data")),
    method: { name: "alright" },
    steps: 16,
    lora: { rank: 4, alpha: 4, dropout: 0.1 },
    ideal: null,
    batchSize: { sft: 6, dpo: 4 },
    evaluation: { every: 5, fraction: 0.1 },
    checkpoint: { every: 5 },
    threads: 1,
  };
  whole.toy = await trainHere(toy, { runs });
  whole.language = await trainHere(language, { runs });
});

const moments: [string, "toy" | "language", Fault][] = [
  [
    "before an adapter of a checkpoint is written",
    "language",
    { call: "promises.open", path: "\\.10\\.tmp/adapter", act: "kill-before" },
  ],
  [
    "while a checkpoint's files are written",
    "toy",
    { call: "openSync", path: "\\.20\\.tmp/optimizer\\.bin", act: "kill-after" },
  ],
  [
    "when a checkpoint is written and not yet named",
    "language",
    { call: "renameSync", path: "\\.10\\.tmp$", act: "kill-before" },
  ],
  [
    "between a checkpoint's name and its event",
    "language",
    { call: "renameSync", path: "\\.10\\.tmp$", act: "kill-after" },
  ],
  [
    "when the checkpoint before the last is removed",
    "toy",
    { call: "rmSync", path: "checkpoints/10$", nth: 2, act: "kill-before" },
  ],
  [
    "while events are written",
    "toy",
    { call: "writeSync", path: "events\\.jsonl", nth: 3, act: "kill-after" },
  ],
  [
    "before final/ has its name",
    "language",
    { call: "renameSync", path: "final\\.tmp$", act: "kill-before" },
  ],
  ["after final/ has its name", "toy", { call: "renameSync", path: "final\\.tmp$", act: "kill-after" }],
  [
    "between final/ and summary.json",
    "toy",
    { call: "writeFileSync", path: "summary\\.json", act: "kill-before" },
  ],
  [
    "between summary.json and the last event",
    "toy",
    { call: "renameSync", path: "summary\\.json", act: "kill-after" },
  ],
];

describe("a trainer killed", () => {
  for (const [moment, kind, fault] of moments)
    test(`${moment} loses no finished file, and its run resumes to the same bits`, async () => {
      const run = withFault(fault, () => train(kind === "toy" ? toy : language, { runs }));
      await expect(run.done).rejects.toThrow(/was ended by SIGKILL/);
      expect(run.state).toBe("failed");
      const resumed = resumeRun(run.id, { runs });
      expect((await resumed.done).state).toBe("finished");
      const path = run.directory;
      expect(computed({ path })).toEqual(computed(whole[kind]!.directory));
      for (const file of readdirSync(whole[kind]!.directory.final))
        expect(
          readFileSync(join(path, "final", file)).equals(
            readFileSync(join(whole[kind]!.directory.final, file)),
          ),
          file,
        ).toBe(true);
      expect(readdirSync(path).sort()).toEqual(
        ["checkpoints", "cut.json", "events.jsonl", "final", "run.json", "summary.json"].filter(
          (name) => name !== "cut.json" || readdirSync(path).includes(name),
        ),
      );
      expect(eventsOf({ path }).at(-1)!.type).toBe("finished");
    });

  test("while it resumes: resumed once more, it is as it would have been", async () => {
    const { directory } = await trainHere(toy, { runs, ask: pauseAfter(25) });
    for (const fault of [
      { call: "renameSync", path: "cut\\.json", act: "kill-before" },
      { call: "renameSync", path: "events\\.jsonl", act: "kill-before" },
      { call: "renameSync", path: "events\\.jsonl", act: "kill-after" },
      { call: "truncateSync", path: "events\\.jsonl", act: "kill-before" },
    ] as const) {
      const again = withFault(fault, () => resumeRun(directory.path));
      await expect(again.done, `${fault.call} of ${fault.path} is reached`).rejects.toThrow(/SIGKILL/);
    }
    const run = resumeRun(directory.path);
    const { seq } = run.snapshot();
    await run.done;
    expect(run.snapshot().seq).toBeGreaterThan(seq);
    expect(computed(directory)).toEqual(computed(whole.toy!.directory));
  });
});
