import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { assetPath } from "../../src/assets.ts";
import { freeMemory } from "../../src/engine/memory.ts";
import { threadsFor } from "../../src/engine/threads.ts";
import { loadTextModel, localExecutor, train } from "../../src/index.ts";
import { memoryLimit, parseBytes, threadLimit } from "../../src/machine-share.ts";
import { parseSpecification } from "../../src/runs/parse-specification.ts";
import { planComputation } from "../../src/training/computation.ts";
import { MemoryWatch, peakResident } from "../../src/training/memory-watch.ts";
import { continueHere, eventsOf, trainHere } from "./in-process.ts";

const runs = mkdtempSync(join(tmpdir(), "alright-share-"));
afterAll(() => rmSync(runs, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const toy = {
  model: "toy:conflict",
  data: {},
  method: { name: "alright", lambda: 0.5 },
  steps: 60_000,
  evaluation: { every: 60_000 },
};
const language = {
  model: "pythia-tiny",
  data: {
    sft: assetPath("data/wordnet-sft-heldout.jsonl"),
    dpo: assetPath("data/wordnet-preferences-heldout.jsonl"),
  },
  method: { name: "mix" },
  batchSize: { sft: 2, dpo: 1 },
  steps: 1,
  evaluation: { every: 1, fraction: 0.1 },
  ideal: null,
};
const present = existsSync(assetPath("models/pythia-tiny/model.safetensors"));

describe("a share of a machine", () => {
  test("bytes as people write them", () => {
    expect(["4GB", "4 g", "512M", "1.5GiB", "1000000", "2kB"].map(parseBytes)).toEqual([
      4e9, 4e9, 512e6, 1.5e9, 1e6, 2e3,
    ]);
    expect(["", "GB", "-1GB", "4 cores", "1e9"].map(parseBytes)).toEqual([null, null, null, null, null]);
  });

  test("is nothing where nothing is said, and an error where it is no number", () => {
    expect([threadLimit({}), memoryLimit({ ALRIGHT_MEMORY: " " })]).toEqual([null, null]);
    expect([threadLimit({ ALRIGHT_THREADS: "3" }), memoryLimit({ ALRIGHT_MEMORY: "2GB" })]).toEqual([3, 2e9]);
    expect(() => threadLimit({ ALRIGHT_THREADS: "many" })).toThrow(
      'ALRIGHT_THREADS is "many"; expected a number of threads, such as 2',
    );
    expect(() => memoryLimit({ ALRIGHT_MEMORY: "0" })).toThrow(
      'ALRIGHT_MEMORY is "0"; expected bytes, such as 4GB or 512MB',
    );
  });

  test("threads: fewer than were asked for, never more", () => {
    vi.stubEnv("ALRIGHT_THREADS", "2");
    expect([threadsFor(8), threadsFor(1)]).toEqual([2, 1]);
    expect(threadsFor()).toBeLessThanOrEqual(2);
    vi.stubEnv("ALRIGHT_THREADS", "");
    expect(threadsFor(8)).toBe(8);
  });

  test("a pool of processes has no more threads than allowed, all together", () => {
    vi.stubEnv("ALRIGHT_THREADS", "4");
    const of = (options: { processes?: number; threads?: number }) => {
      const { slots, threads } = localExecutor(options);
      return [slots, threads];
    };
    expect([
      of({ processes: 8 }),
      of({ processes: 8, threads: 2 }),
      of({ threads: 16, processes: 2 }),
    ]).toEqual([
      [4, 1],
      [2, 2],
      [1, 4],
    ]);
  });

  test("what is left of a machine is not more for a larger limit, and the watch tells once", () => {
    expect(freeMemory()).toBeGreaterThan(0);
    const watch = new MemoryWatch(1e9, () => 1.25e9);
    expect(watch.look()).toBe(
      "took 1.3 GB of memory, and ALRIGHT_MEMORY allows 1.0 GB; a smaller batchSize or maxLength needs less, or resume it where more is allowed",
    );
    expect(watch.look()).toBeNull();
    expect(new MemoryWatch(1e9, () => 0.9e9).look()).toBeNull();
    expect(new MemoryWatch(null, () => 9e9).look()).toBeNull();
  });

  test.skipIf(process.platform !== "linux")("a trainer's peak is its own, not that of who started it", () => {
    const module = fileURLToPath(new URL("../../dist/src/training/memory-watch.js", import.meta.url));
    const large = `import { execFileSync } from "node:child_process";
      const mine = new Float64Array(5e7).fill(1);
      const script = 'import { peakResident } from "${module}"; console.log(peakResident());';
      const child = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
      console.log(child.trim(), mine.length * 8);`;
    const answer = execFileSync(process.execPath, ["--input-type=module", "-e", large], { encoding: "utf8" });
    const [child, parent] = answer.split(" ").map(Number);
    expect(child!).toBeGreaterThan(2e7);
    expect(child!).toBeLessThan(parent! / 2);
  });

  test("a trainer that Node aborted is reported with what makes it do so", async () => {
    const run = train(toy, { runs });
    const pid = join(run.directory, "trainer.pid");
    await vi.waitFor(() => expect(run.snapshot().step).toBeGreaterThan(0), 20_000);
    process.kill(Number.parseInt(readFileSync(pid, "utf8"), 10), "SIGABRT");
    await expect(run.done).rejects.toThrow(/ended by SIGABRT \(.*ulimit -u/);
  });

  test("a run that outgrows its memory pauses with a word why, and goes on where there is more", async () => {
    vi.stubEnv("ALRIGHT_MEMORY", String(Math.round(peakResident() / 2)));
    const { directory, ended } = await trainHere(toy, { runs });
    expect(ended.error).toBeUndefined();
    expect(ended.summary.state).toBe("paused");
    const paused = eventsOf(directory).at(-1)!;
    expect(paused).toMatchObject({
      type: "paused",
      reason: expect.stringMatching(/^it took \d+ MB of memory, and ALRIGHT_MEMORY allows \d+ MB; /),
    });
    vi.stubEnv("ALRIGHT_MEMORY", "");
    const resumed = await continueHere(directory);
    expect(resumed.ended.summary).toMatchObject({ state: "finished", steps: 60_000 });
  });

  describe.skipIf(!present)("with a language model", () => {
    test("computes with the threads that it may use, and says so", async () => {
      vi.stubEnv("ALRIGHT_THREADS", "1");
      const { directory, ended } = await trainHere({ ...language, threads: 2 }, { runs });
      expect(ended.error).toBeUndefined();
      expect(directory.readRecord().versions.threads).toBe("1");
      const notes = eventsOf(directory).flatMap((event) => (event.type === "preparing" ? [event.note] : []));
      expect(notes).toContain("threads: 1 of the 2 asked for, as ALRIGHT_THREADS allows");
    });

    test("refuses before it loads what cannot fit", async () => {
      vi.stubEnv("ALRIGHT_MEMORY", "100MB");
      const config = JSON.parse(readFileSync(assetPath("models/pythia-tiny/config.json"), "utf8"));
      const specification = parseSpecification(language, "test");
      await expect(planComputation(config, specification, { sft: null, dpo: null }, {})).rejects.toThrow(
        /the run \(.*\) would take about \d+ MB of memory, and ALRIGHT_MEMORY allows 100 MB; a smaller model, batchSize or maxLength needs less/,
      );
      await expect(loadTextModel("pythia-tiny")).rejects.toThrow(
        /generating with .*pythia-tiny would take about \d+ MB of memory, and ALRIGHT_MEMORY allows 100 MB; a smaller model needs less/,
      );
    });

    test("fails where preparing it takes more than it may, as reading its data does here", async () => {
      vi.stubEnv("ALRIGHT_MEMORY", "50MB");
      await expect(train(language, { runs }).done).rejects.toThrow(
        /while it prepared, the run took \d+ MB of memory, and ALRIGHT_MEMORY allows 50 MB; /,
      );
    });
  });
});
