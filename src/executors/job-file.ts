import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeJsonDurably } from "../runs/durable.ts";

/** `job.json` in a run directory: the cluster's job that trains it, so that a scheduler that starts again takes it up. */
export interface JobFile {
  readonly executor: "ray" | "slurm";
  /** The job's name there. */
  readonly id: string;
  /** Of the cluster. */
  readonly address: string;
}

export function writeJobFile(directory: string, job: JobFile): void {
  writeJsonDurably(join(directory, "job.json"), job);
}

/** The job of that cluster; null where there is none, or it can't be read. */
export function readJobFile(
  directory: string,
  executor: JobFile["executor"],
  address: string,
): string | null {
  const file = join(directory, "job.json");
  if (!existsSync(file)) return null;
  try {
    const found = JSON.parse(readFileSync(file, "utf8")) as Partial<JobFile>;
    const same = found.executor === executor && found.address === address;
    return same && typeof found.id === "string" ? found.id : null;
  } catch {
    return null;
  }
}
