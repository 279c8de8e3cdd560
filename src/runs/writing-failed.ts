import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { RunStoreError } from "./error.ts";

/**
 * What to throw where a file of a run could not be written: for a full disk, a limit or a missing permission an error that
 * says which file, how much was needed and what to do; any other error as it is.
 * @param bytes that were to be written
 */
export function writingFailed(error: unknown, path: string, bytes: number): unknown {
  const why = reason((error as NodeJS.ErrnoException | null)?.code, path, bytes);
  return why === null ? error : new RunStoreError(`${path} could not be written: ${why}`);
}

function reason(code: string | undefined, path: string, bytes: number): string | null {
  const needed = `${inWords(bytes)} ${bytes === 1 ? "was" : "were"} to be written`;
  const then = "then go on: a run that had begun resumes from its last checkpoint";

  switch (code) {
    case "ENOSPC":
      return `the disk is full (${needed}, ${free(path)} free); free space there, ${then}`;
    case "EDQUOT":
      return `your disk quota is used up (${needed}); free space there, ${then}`;
    case "EFBIG":
      return `no file may be that large here (${needed}); raise the limit on file sizes (ulimit -f), ${then}`;
    case "EROFS":
      return "its file system is read-only; mount it writable, or name another directory for runs";
    case "EACCES":
    case "EPERM":
      return "this user may not write there; change the permissions, or name another directory for runs";
    case "EIO":
      return `the device failed (${needed}); look at its health, ${then}`;
    case "ENOENT":
    case "ENOTDIR":
      return "its directory is gone; put it back, or start a new run";
    default:
      return null;
  }
}

function free(path: string): string {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return inWords(bavail * bsize);
  } catch {
    return "an unknown amount";
  }
}

function inWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  const power = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toPrecision(3)} ${["", "kB", "MB", "GB"][power]}`;
}
