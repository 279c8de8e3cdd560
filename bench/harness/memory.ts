import { readdirSync, readFileSync } from "node:fs";

/**
 * MB: the largest resident memory that each process of the tree below `pid` ever had, added up (VmHWM of those that
 * live); null where the system has no /proc.
 */
export function peakOfTree(pid: number): number | null {
  const parents = new Map<number, number>();
  try {
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const parent = statusOf(Number(name), "PPid");
      if (parent !== null) parents.set(Number(name), parent);
    }
  } catch {
    return null;
  }
  const own = statusOf(pid, "VmHWM");
  if (own === null) return null;
  let kilobytes = own;
  for (const each of parents.keys()) {
    if (isBelow(each, pid, parents)) kilobytes += statusOf(each, "VmHWM") ?? 0;
  }
  return kilobytes / 1024;
}

function isBelow(pid: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  let at = parents.get(pid);
  while (at !== undefined && at !== root) at = parents.get(at);
  return at === root;
}

/** A number of /proc/PID/status; null where the process has ended. */
function statusOf(pid: number, key: string): number | null {
  try {
    const found = new RegExp(`^${key}:\\s*(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found && Number(found[1]);
  } catch {
    return null;
  }
}
