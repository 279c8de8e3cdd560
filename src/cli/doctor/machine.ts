import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { homedir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { compiledFile } from "../../compiled.ts";
import { memoryLimit, threadLimit } from "../../machine-share.ts";
import { packageRoot } from "../install.ts";
import { size } from "../show-number.ts";
import type { Check } from "./check.ts";

/** Below these, a run of a small model already gets into trouble. */
const LITTLE_DISK = 2e9;
const LITTLE_MEMORY = 1e9;

/** What training needs: Node, onnxruntime, room. */
export async function checkMachine(): Promise<Check[]> {
  return [
    checkNode(),
    ...checkRuntime(),
    await checkThreads(),
    await checkMemory(),
    checkDisk(),
    checkHubCache(),
  ];
}

function checkNode(): Check {
  const { engines } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
    engines: { node: string };
  };
  const least = Number(/\d+/.exec(engines.node)![0]);
  const found = `${process.version} on ${process.platform} ${process.arch}`;
  return Number(process.versions.node.split(".")[0]) >= least
    ? { name: "Node", state: "ok", found }
    : { name: "Node", state: "missing", found, mend: `install Node ${least} or later (nodejs.org)` };
}

/** onnxruntime, and each device by a small multiplication on it. */
function checkRuntime(): Check[] {
  const cpu = probed("cpu");
  if (cpu.problem !== null) return [runtimeMissing(cpu.problem)];
  return [
    { name: "onnxruntime", state: "ok", found: `${cpu.version}, computes on the processor` },
    checkGpu("GPU (CUDA)", "cuda", "an NVIDIA GPU, CUDA 12 and onnxruntime's CUDA libraries"),
    checkGpu("GPU (WebGPU)", "webgpu", "a GPU with a Vulkan, Metal or D3D12 driver"),
  ];
}

function checkGpu(name: string, device: string, needs: string): Check {
  return probed(device).problem === null
    ? { name, state: "ok", found: `works; --device ${device} uses it` }
    : { name, state: "note", found: `not usable here, so training uses the processor; it needs ${needs}` };
}

interface Probed {
  readonly problem: string | null;
  readonly version: string;
}

/** In a process of its own: drivers write to standard error, and may do worse. */
function probed(device: string): Probed {
  const script = compiledFile("./probe.js", import.meta.url);
  const { stdout, signal } = spawnSync(process.execPath, [script, device], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    return JSON.parse(stdout) as Probed;
  } catch {
    return { problem: signal ? `its process was ended by ${signal}` : "its process failed", version: "" };
  }
}

function runtimeMissing(why: string): Check {
  const mend = "run npm install again, on Linux, macOS or Windows with x64 or arm64 and glibc";
  return { name: "onnxruntime", state: "missing", found: why, mend };
}

async function checkThreads(): Promise<Check> {
  const { physicalCores } = await import("../../engine/threads.ts");
  const limit = threadLimit();
  const allowed = limit === null ? "" : `; a run may use ${limit} (ALRIGHT_THREADS)`;
  return { name: "cores", state: "ok", found: `${physicalCores()}${allowed}` };
}

async function checkMemory(): Promise<Check> {
  const { freeMemory } = await import("../../engine/memory.ts");
  const free = freeMemory();
  const limit = memoryLimit();
  const allowed = limit === null ? "" : `; a run may take ${size(limit)} (ALRIGHT_MEMORY)`;
  const found = `${size(free)} free of ${size(totalmem())}${allowed}`;
  return free >= LITTLE_MEMORY
    ? { name: "memory", state: "ok", found }
    : { name: "memory", state: "note", found, mend: "end other programs, or train a smaller model" };
}

function checkDisk(): Check {
  const place = process.cwd();
  const { bavail, bsize } = statfsSync(place);
  const found = `${size(bavail * bsize)} free in ${place}`;
  if (bavail * bsize >= LITTLE_DISK) return { name: "disk", state: "ok", found };
  return { name: "disk", state: "note", found, mend: "delete old runs, or give --runs DIR on a larger disk" };
}

/** Where models and data of the Hugging Face hub are kept, by the variables that its own library goes by. */
export function hubCache(env: Readonly<Record<string, string | undefined>>): string {
  if (env.HF_HUB_CACHE) return env.HF_HUB_CACHE;
  if (env.HF_HOME) return join(env.HF_HOME, "hub");
  return join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "huggingface", "hub");
}

function checkHubCache(): Check {
  const name = "Hugging Face cache";
  const place = hubCache(process.env);
  let there = place;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  try {
    accessSync(there, constants.W_OK);
  } catch {
    const found = `${place} can't be written`;
    return { name, state: "note", found, mend: "set HF_HOME to a directory that can be written" };
  }
  return { name, state: "ok", found: there === place ? place : `${place} (not there yet; made when needed)` };
}
