import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { threadLimit } from "../machine-share.ts";

/** How many threads a computation gets: as many as were asked for, or physical cores, and no more than `ALRIGHT_THREADS` allows. */
export function threadsFor(asked: number | null = null): number {
  return Math.min(asked ?? physicalCores(), threadLimit() ?? Number.POSITIVE_INFINITY);
}

/** Physical cores that this process may use; two threads of one core do not multiply matrices faster. */
export function physicalCores(): number {
  const available = availableParallelism();
  const cores =
    process.platform === "linux" ? linuxCores() : process.platform === "darwin" ? macCores() : null;
  return Math.max(1, Math.min(available, cores ?? available));
}

function linuxCores(): number | null {
  try {
    const cores = new Set<string>();
    for (const processor of readFileSync("/proc/cpuinfo", "utf8").split("\n\n")) {
      const core = /^core id\s*:\s*(\d+)/m.exec(processor)?.[1];
      const socket = /^physical id\s*:\s*(\d+)/m.exec(processor)?.[1];
      if (core && socket) cores.add(`${socket}:${core}`);
    }
    return cores.size || null;
  } catch {
    return null;
  }
}

function macCores(): number | null {
  try {
    return Number(execFileSync("sysctl", ["-n", "hw.physicalcpu"], { encoding: "utf8" })) || null;
  } catch {
    return null;
  }
}
