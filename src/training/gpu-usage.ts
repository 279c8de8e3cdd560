import { execFile } from "node:child_process";

export interface GpuSample {
  /** Percent of the time in which a kernel ran, as the driver reports it. */
  readonly utilisation: number | null;
  /** Bytes in use on the device, by all processes. */
  readonly memory: number | null;
}

const fields = "--query-gpu=utilization.gpu,memory.used";

/** What `nvidia-smi` says of the device that a run computes on; null where there is no such command, or it fails. */
export function sampleGpu(): Promise<GpuSample | null> {
  // Onnxruntime's device 0 is the first that this variable lets a process see.
  const [visible] = (process.env.CUDA_VISIBLE_DEVICES ?? "").split(",");
  const args = [fields, "--format=csv,noheader,nounits", `--id=${visible || 0}`];
  return new Promise((resolve) => {
    execFile("nvidia-smi", args, { timeout: 5000, windowsHide: true }, (error, output) =>
      resolve(error ? null : parseGpu(output)),
    );
  });
}

/**
 * The first line of `nvidia-smi`'s answer, as `37, 1024` (percent, MiB). What it does not know (`[N/A]`,
 * `[Not Supported]`) is null; so is all of an answer that says nothing.
 */
export function parseGpu(output: string): GpuSample | null {
  const [line = ""] = output.split("\n").filter((each) => each.trim() !== "");
  const [utilisation = null, mebibytes = null] = line
    .split(",")
    .map((cell) => (/^\s*\d+(\.\d+)?\s*$/.test(cell) ? Number(cell) : null));
  if (utilisation === null && mebibytes === null) return null;
  return { utilisation, memory: mebibytes === null ? null : mebibytes * 2 ** 20 };
}
