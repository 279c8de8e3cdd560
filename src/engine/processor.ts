import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/**
 * The kind of processor as far as rounding depends on it. Matrix products are rounded otherwise with other vector instructions, and
 * virtual machines give processors with and without AVX-512 one name: Linux also tells family and model.
 *
 * @param cpuinfo Default: `/proc/cpuinfo`, where there is one
 */
export function processorKind(cpuinfo: string = readCpuinfo()): string {
  const name = cpus()[0]?.model.trim() || "unknown processor";
  const [family, model] = ["cpu family", "model"].map(
    (fact) => new RegExp(`^${fact}\\s*:\\s*(\\d+)`, "m").exec(cpuinfo)?.[1],
  );
  const kind = family && model ? ` (family ${family}, model ${model})` : "";
  return `${process.platform}-${process.arch}, ${name}${kind}`;
}

function readCpuinfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}
