import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { uptime } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { ObjectiveSlot } from "../objectives/index.ts";
import { writeDurably, writeJsonDurably } from "./durable.ts";
import { SpecificationError } from "./error.ts";
import type { Specification } from "./specification.ts";

/** `run.json`: all that decides a run, written before it starts. */
export interface RunRecord {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly specification: Specification;
  /** Where relative paths of the specification start. */
  readonly workingDirectory: string;
  readonly versions: Readonly<Record<string, string>>;
  /** SHA-256 of the source of a method that is not built in. */
  readonly methodHash: string | null;
  /** The same of objectives that are not built in, by slot. */
  readonly objectiveHashes?: Readonly<Partial<Record<ObjectiveSlot, string>>>;
  /** SHA-256 of the data files, once they have been read. */
  readonly dataHashes?: Readonly<Record<string, string>>;
}

/** The paths inside a run directory. */
export class RunDirectory {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get record(): string {
    return join(this.path, "run.json");
  }
  get events(): string {
    return join(this.path, "events.jsonl");
  }
  get summary(): string {
    return join(this.path, "summary.json");
  }
  get checkpoints(): string {
    return join(this.path, "checkpoints");
  }
  get final(): string {
    return join(this.path, "final");
  }
  /** How many events were ever cut off: added to the lines of `events.jsonl`, it gives `seq`, which so only grows. */
  get cut(): string {
    return join(this.path, "cut.json");
  }
  /** The process id of the trainer that works here. */
  get owner(): string {
    return join(this.path, "trainer.pid");
  }

  readRecord(): RunRecord {
    return readJson(this.record) as RunRecord;
  }
  writeRecord(record: RunRecord): void {
    writeJsonDurably(this.record, record);
  }
  readCut(): number {
    return existsSync(this.cut) ? (readJson(this.cut) as number) : 0;
  }
  addCut(count: number): void {
    writeDurably(this.cut, `${this.readCut() + count}\n`);
  }
  /** The trainer that works here, or null where there is none (any more). */
  liveOwner(): number | null {
    if (!existsSync(this.owner)) return null;
    const pid = Number(readFileSync(this.owner, "utf8"));
    const sinceBoot = statSync(this.owner).mtimeMs > Date.now() - uptime() * 1000;
    return sinceBoot && Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : null;
  }
}

/** A new run's directory, `RUNS/ID`, with its `run.json`. */
export function createRunDirectory(
  runs: string,
  record: Omit<RunRecord, "id" | "created">,
): { directory: RunDirectory; record: RunRecord } {
  const created = new Date();
  const stamp = created.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const method = record.specification.method.name.replace(/[^\p{L}\p{N}_-]/gu, "_");
  const id = `${method}-${stamp}-${randomBytes(2).toString("hex")}`;
  const directory = new RunDirectory(resolve(runs, id));
  mkdirSync(resolve(runs), { recursive: true });
  mkdirSync(directory.path);
  mkdirSync(directory.checkpoints);
  const whole: RunRecord = { id, created: created.toISOString(), ...record };
  directory.writeRecord(whole);
  writeDurably(directory.events, "");
  return { directory, record: whole };
}

/**
 * The directory of a run that exists: a path, or an id below `runs`.
 * @throws SpecificationError saying where it looked
 */
export function findRunDirectory(directoryOrId: string, runs: string): RunDirectory {
  const places = [
    resolve(directoryOrId),
    ...(isAbsolute(directoryOrId) ? [] : [resolve(runs, directoryOrId)]),
  ];
  for (const place of places) if (existsSync(join(place, "run.json"))) return new RunDirectory(place);
  throw new SpecificationError(
    `${directoryOrId}: no run is there; looked for run.json in ${[...new Set(places)].join(" and ")}`,
  );
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new SpecificationError(`${path}: ${(error as Error).message}`);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
