import pidusage from "pidusage";
import { median } from "../evaluation/statistics.ts";
import type { Usage } from "../runs/events.ts";
import { type GpuSample, sampleGpu } from "./gpu-usage.ts";

/** Time between two samples, in ms: of this process, and of the device, which starts another process each time. */
const interval = 250;
const gpuInterval = 2000;

interface ProcessSample {
  /** Percent of one core since the sample before; null for the first. */
  readonly cpu: number | null;
  /** Resident bytes. */
  readonly memory: number;
}

/**
 * Samples what this process uses while it trains. The samples are taken between steps, since a step blocks the process;
 * processor time counts all of the time between two samples, also that within steps.
 */
export class UsageSampler {
  readonly #gpu: boolean;
  #samples: ProcessSample[] = [];
  #gpuSamples: GpuSample[] = [];
  #before: { ctime: number; timestamp: number } | null = null;
  #timers: NodeJS.Timeout[] = [];
  #stopped = false;

  /** @param gpu whether the run computes on one */
  constructor(gpu: boolean) {
    this.#gpu = gpu;
  }

  start(): void {
    void this.#sample();
    if (this.#gpu) void this.#sampleGpu();
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Medians of the samples since the last call; null where there were none. */
  take(): Usage | null {
    const samples = this.#samples.splice(0);
    const gpu = this.#gpuSamples.splice(0);
    if (samples.length === 0) return null;
    return {
      cpu: median(samples.map(({ cpu }) => cpu)),
      memory: median(samples.map(({ memory }) => memory))!,
      ...(gpu.length > 0
        ? {
            gpu: median(gpu.map(({ utilisation }) => utilisation)),
            gpuMemory: median(gpu.map(({ memory }) => memory)),
          }
        : {}),
      samples: samples.length,
    };
  }

  async #sample(): Promise<void> {
    try {
      const { memory, ctime, timestamp } = await pidusage(process.pid);
      const before = this.#before;
      const elapsed = before ? timestamp - before.timestamp : 0;
      const cpu = before && elapsed > 0 ? (100 * (ctime - before.ctime)) / elapsed : null;
      this.#before = { ctime, timestamp };
      this.#samples.push({ cpu, memory });
      this.#again(() => this.#sample(), interval, 0);
    } catch {
      // A system that does not say what a process uses: the run has no such figures.
    }
  }

  async #sampleGpu(): Promise<void> {
    const sample = await sampleGpu();
    if (!sample) return;
    this.#gpuSamples.push(sample);
    this.#again(() => this.#sampleGpu(), gpuInterval, 1);
  }

  #again(sample: () => Promise<void>, after: number, slot: number): void {
    if (this.#stopped) return;
    this.#timers[slot] = setTimeout(() => void sample(), after).unref();
  }
}
