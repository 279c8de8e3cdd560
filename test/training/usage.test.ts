import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { parseGpu, sampleGpu } from "../../src/training/gpu-usage.ts";
import { UsageSampler } from "../../src/training/usage.ts";
import { eventsOf, trainHere } from "./in-process.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-usage-"));
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

test("samples of this process: its resident memory, and its share of a core", async () => {
  const sampler = new UsageSampler(false);
  sampler.start();
  const until = Date.now() + 1200;
  while (Date.now() < until) {
    // Half of the time at work.
    const busy = Date.now() + 20;
    while (Date.now() < busy);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  sampler.stop();
  const usage = sampler.take()!;
  expect(usage.samples).toBeGreaterThan(2);
  const { rss } = process.memoryUsage();
  expect(usage.memory).toBeGreaterThan(rss / 2);
  expect(usage.memory).toBeLessThan(rss * 2);
  expect(usage.cpu!).toBeGreaterThan(10);
  expect(usage).not.toHaveProperty("gpu");
  // Taken once.
  expect(sampler.take()).toBeNull();
});

test("a run's evaluations carry what it used since the one before, and its summary the medians", async () => {
  const toy = {
    model: "toy:conflict",
    data: {},
    method: { name: "mix" },
    steps: 160_000,
    evaluation: { every: 80_000 },
    checkpoint: { every: 160_000 },
  };
  const { directory: run, ended } = await trainHere(toy, { runs: join(directory, "runs") });
  const usages = eventsOf(run).flatMap((event) => (event.type === "evaluated" ? [event.usage] : []));
  expect(usages.at(-1)!.samples).toBeGreaterThan(0);
  const { resources } = ended.summary;
  const memories = usages.flatMap((usage) => (usage ? [usage.memory] : []));
  expect(resources.memory).toBeGreaterThanOrEqual(Math.min(...memories));
  expect(resources.memory).toBeLessThanOrEqual(Math.max(...memories));
  expect(resources.peakMemory!).toBeGreaterThanOrEqual(resources.memory! * 0.9);
  expect(resources.gpu).toBeNull();
});

test("nvidia-smi's answer: percent and MiB, and null for what it does not know", () => {
  expect(parseGpu("37, 1024\n")).toEqual({ utilisation: 37, memory: 2 ** 30 });
  expect(parseGpu("[N/A], 1024\n")).toEqual({ utilisation: null, memory: 2 ** 30 });
  expect(parseGpu("[Not Supported], [Not Supported]\n")).toBeNull();
  expect(parseGpu("37\n")).toEqual({ utilisation: 37, memory: null });
  expect(parseGpu("")).toBeNull();
  expect(parseGpu("No devices were found\n")).toBeNull();
});

test.skipIf(process.platform === "win32")(
  "nvidia-smi is asked for the device that the run sees",
  async () => {
    const program = join(directory, "nvidia-smi");
    const script = '#!/bin/sh\ncase "$*" in *--id=3*) echo "50, 2048";; *) exit 6;; esac\n';
    writeFileSync(program, script);
    chmodSync(program, 0o755);
    vi.stubEnv("PATH", `${directory}${delimiter}${process.env.PATH}`);
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "3,1");
    expect(await sampleGpu()).toEqual({ utilisation: 50, memory: 2 ** 31 });
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "");
    // It fails for device 0.
    expect(await sampleGpu()).toBeNull();
    vi.stubEnv("PATH", join(directory, "nothing"));
    expect(await sampleGpu()).toBeNull();
  },
);
