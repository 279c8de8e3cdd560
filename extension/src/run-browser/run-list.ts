import { type ISignal, Signal } from "@lumino/signaling";
import { english, type Words } from "../../../src/figures/words.ts";
import type { RunRow } from "../../../src/runs/row.ts";
import type { RunSnapshot } from "../../../src/runs/snapshot.ts";
import type { IRunStore } from "../store-token.ts";
import type { DirectoryEntry, RunFiles } from "./files.ts";
import type { ReadRun, RunReader } from "./run-reader.ts";

type Reading = typeof import("./run-reader.ts");

/** A directory among the runs: read, not read yet, or not to be read. */
export interface ListedRun {
  readonly name: string;
  readonly path: string;
  readonly row: RunRow | null;
  /** Why it can't be read. */
  readonly problem: string | null;
}

interface Kept {
  readonly entry: DirectoryEntry;
  readonly reader: RunReader;
  run: ReadRun | null;
  /** Of what was read last; null: not read yet. */
  modified: string | null;
  problem: string | null;
  isRun: boolean;
}

/** Requests at once: a browser has six connections to a server, and JupyterLab needs some, too. */
const parallel = 4;
/** More directories than this are not listed. */
const mostRuns = 5000;
/** How often the view hears of progress, in ms. */
const tellEvery = 200;

/**
 * The runs of one directory. What is in sight is read first; what has ended is read once until its directory changes; of the others
 * only the new events.
 */
export class RunList {
  readonly #files: RunFiles;
  readonly #store: IRunStore | null;
  readonly #words: Words;
  readonly #load: () => Promise<Reading>;
  readonly #changed = new Signal<this, void>(this);
  #reading: Reading | null = null;
  #directory: string;
  #kept = new Map<string, Kept>();
  #inSight: ReadonlySet<string> = new Set();
  #rows: readonly ListedRun[] = [];
  #problem: string | null = null;
  #exists = true;
  #left = 0;
  #refreshing: Promise<void> | null = null;
  #told = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    files: RunFiles,
    store: IRunStore | null,
    directory: string,
    words: Words = english,
    load: () => Promise<Reading> = () => import("./run-reader.ts"),
  ) {
    this.#files = files;
    this.#store = store;
    this.#directory = directory;
    this.#words = words;
    this.#load = load;
    store?.changed.connect(this.#heard, this);
  }

  /** Rows have changed, or what is known of the directory. */
  get changed(): ISignal<this, void> {
    return this.#changed;
  }
  /** The directory of run directories, as Jupyter's contents manager calls it. */
  get directory(): string {
    return this.#directory;
  }
  set directory(path: string) {
    if (path === this.#directory) return;
    this.#directory = path;
    this.#kept = new Map();
    this.#rows = [];
    this.#refreshing = null;
    this.#tell();
    void this.refresh();
  }
  /** The newest first. */
  get runs(): readonly ListedRun[] {
    return this.#rows;
  }
  /** Why the directory can't be listed. */
  get problem(): string | null {
    return this.#problem;
  }
  /** Whether the directory is there. */
  get exists(): boolean {
    return this.#exists;
  }
  /** How many are still to be read. */
  get left(): number {
    return this.#left;
  }

  /** Paths of runs in sight: they are read first. */
  set inSight(paths: ReadonlySet<string>) {
    this.#inSight = paths;
  }

  dispose(): void {
    this.#store?.changed.disconnect(this.#heard, this);
    clearTimeout(this.#timer);
    this.#directory = "";
    this.#kept.clear();
  }

  /** Looks at the directory again; two calls at once are one. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh(this.#directory).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  reader(path: string): RunReader | undefined {
    return this.#kept.get(path)?.reader;
  }

  async #refresh(directory: string): Promise<void> {
    const here = () => directory === this.#directory;
    try {
      this.#reading ??= await this.#load();
      const found = await this.#files.directories(directory);
      if (!here()) return;
      this.#exists = found !== null;
      this.#problem = null;
      this.#file(found ?? []);
    } catch (error) {
      if (here()) this.#problem = error instanceof Error ? error.message : String(error);
    }
    if (here()) await this.#readAll(here);
  }

  #file(found: readonly DirectoryEntry[]): void {
    const { RunReader: Reader } = this.#reading!;
    const kept = new Map<string, Kept>();
    for (const entry of [...found].sort(byAge).slice(0, mostRuns)) {
      const known = this.#kept.get(entry.path);
      kept.set(entry.path, {
        reader: known?.reader ?? new Reader(this.#files, entry.path, this.#words),
        run: known?.run ?? null,
        modified: known?.modified ?? null,
        problem: known?.problem ?? null,
        isRun: known?.isRun ?? true,
        entry,
      });
    }
    this.#kept = kept;
    if (found.length > mostRuns)
      this.#problem = this.#words(
        "%1 directories are there; the newest %2 are shown",
        found.length,
        mostRuns,
      );
    this.#tell();
  }

  async #readAll(here: () => boolean): Promise<void> {
    const waiting = new Map([...this.#kept].filter(([, kept]) => isStale(kept)));
    this.#left = waiting.size;
    const next = () => {
      const seen = [...this.#inSight].find((path) => waiting.has(path));
      const path = seen ?? waiting.keys().next().value;
      if (path === undefined) return undefined;
      const kept = waiting.get(path)!;
      waiting.delete(path);
      return kept;
    };
    const work = async () => {
      for (let kept = next(); kept && here(); kept = next()) {
        await this.#readOne(kept);
        this.#left = Math.max(0, this.#left - 1);
        if (here()) this.#tellSoon();
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    if (!here()) return;
    this.#left = 0;
    this.#tell();
  }

  async #readOne(kept: Kept): Promise<void> {
    const { name, modified } = kept.entry;
    try {
      kept.run = await kept.reader.read(modified, this.#going(name));
      kept.isRun = kept.run !== null;
      kept.problem = null;
    } catch (error) {
      kept.problem = error instanceof Error ? error.message : String(error);
      kept.run = null;
    }
    kept.modified = modified;
  }

  /** A kernel's word, as long as the run is going by it. */
  #going(id: string): RunSnapshot | undefined {
    const run = this.#store?.get(id);
    return run?.state === "running" || run?.state === "preparing" ? run : undefined;
  }

  #heard(_: IRunStore, runId: string): void {
    const known = [...this.#kept.values()].find(({ entry }) => entry.name === runId);
    if (known?.run && this.#reading) this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, this.#told + tellEvery - performance.now()));
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = performance.now();
    const kept = [...this.#kept.values()].filter(({ isRun }) => isRun).sort(newestFirst);
    const runs = kept.flatMap(({ run }) => (run ? [this.#newest(run)] : []));
    const rows = new Map(this.#reading?.rowsOf(runs).map((row) => [row.directory, row]));
    this.#rows = kept.map(({ entry: { name, path }, problem }) => ({
      name,
      path,
      problem,
      row: rows.get(path) ?? null,
    }));
    this.#changed.emit();
  }

  /** What a kernel says of a run that goes on is newer than what was read. */
  #newest(run: ReadRun): ReadRun {
    const live = this.#store?.get(run.record.id);
    if (!live || !this.#reading) return run;
    const ended = ["finished", "stopped", "failed"];
    if (live.step < run.figures.step || ended.includes(run.figures.state)) return run;
    return { ...run, figures: this.#reading.figuresOfSnapshot(live) };
  }
}

/** What has ended does not change unless its directory does. */
function isStale({ entry, modified, run }: Kept): boolean {
  if (modified !== entry.modified) return true;
  return run !== null && !["finished", "stopped"].includes(run.figures.state);
}

/** By the run's own time, which has milliseconds, where it was read. */
function newestFirst(a: Kept, b: Kept): number {
  const [of, other] = [a.run?.record.created, b.run?.record.created];
  const byTime = of && other ? other.localeCompare(of) : 0;
  return byTime || byAge(a.entry, b.entry);
}

/** Names of runs end with the time when they were made: METHOD-YYYYMMDD-HHMMSS-xxxx. */
function byAge(a: DirectoryEntry, b: DirectoryEntry): number {
  const stamp = ({ name, modified }: DirectoryEntry) =>
    /-(\d{8}-\d{6})-[0-9a-f]{4}$/.exec(name)?.[1] ??
    modified.replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return stamp(b).localeCompare(stamp(a)) || b.name.localeCompare(a.name);
}
