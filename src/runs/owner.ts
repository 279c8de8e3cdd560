import { execFileSync } from "node:child_process";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { RunStoreError } from "./error.ts";
import { writingFailed } from "./writing-failed.ts";

/**
 * `trainer.pid`: which process trains in a run directory. Its lines are the process's id and when that process started, so
 * that another one which was given the id later is not taken for it.
 */

/** The process that a `trainer.pid` names, or null where that process is gone. */
export function liveOwner(file: string): number | null {
  const text = readText(file);
  return text === null ? null : liveIn(text);
}

function liveIn(text: string): number | null {
  const [first, start] = text.split("\n");
  const pid = Number(first);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null;
  // Files of version 0 have the id alone.
  return !start || start === startOf(pid) ? pid : null;
}

/**
 * Makes this process the owner. Of two that try at once one gets it.
 * @throws RunStoreError where a living process has it
 */
export function takeOwnership(file: string): void {
  const mine = `${process.pid}\n${startOf(process.pid) ?? ""}\n`;
  const beside = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, mine);
    for (;;) {
      if (linked(beside, file)) return;
      const found = readText(file);
      if (found === null) continue;
      const pid = liveIn(found);
      if (pid === process.pid) return;
      if (pid !== null) throw new RunStoreError(`process ${pid} trains this run now (${file})`);
      setAside(file, found, beside);
    }
  } catch (error) {
    throw writingFailed(error, file, mine.length);
  } finally {
    rmSync(beside, { force: true });
  }
}

export function releaseOwnership(file: string): void {
  if (Number(readText(file)?.split("\n")[0]) === process.pid) rmSync(file, { force: true });
}

/** A hard link is made by one process alone, and the file is whole when it appears. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
  }
  // A file system without hard links.
  try {
    writeFileSync(to, readFileSync(from), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Takes away the file of a process that is gone; what another process has put there meanwhile is put back. */
function setAside(file: string, found: string, beside: string): void {
  const aside = `${beside}.old`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readText(aside) !== found) linked(aside, file);
  rmSync(aside, { force: true });
}

/**
 * When a process started, as an opaque word that no later process with its id has; null where the system does not say.
 * On Linux ticks since this boot (proc(5), field 22 of stat; what is before it may hold spaces and brackets).
 */
function startOf(pid: number): string | null {
  if (process.platform === "win32") return null;
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      return `${boot}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
    }
    return (
      execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim() || null
    );
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Dead, but nobody has asked for its exit code: it writes no more. */
function isZombie(pid: number): boolean {
  if (process.platform !== "linux") return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
