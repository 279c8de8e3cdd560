/** Loaded with the run browser: the schemas of run directories, and what is computed from them. */
import { english, type Words } from "../../../src/figures/words.ts";
import { contributions } from "../../../src/runs/comparable.ts";
import { tryDecode } from "../../../src/runs/event-line.ts";
import { figuresFromSummary, figuresOf, type RunFigures } from "../../../src/runs/figures-of.ts";
import { fromDocument } from "../../../src/runs/format.ts";
import {
  cutFormat,
  type RunRecord,
  runRecordFormat,
  type Summary,
  summaryFormat,
} from "../../../src/runs/formats.ts";
import { type RunRow, runRow } from "../../../src/runs/row.ts";
import type { RunSnapshot, RunState } from "../../../src/runs/snapshot.ts";
import { SnapshotBuilder } from "../../../src/runs/snapshot-builder.ts";
import { type RunFiles, RunFilesError } from "./files.ts";
import { figuresOfSnapshot } from "./live-figures.ts";

export { figuresOfSnapshot };

/** Bytes of a file that are read at most: runs are foreign files. A step's event has about 400. */
const most = { record: 2e6, summary: 1e6, events: 128e6, cut: 1e4, owner: 1e4 };
const longestLine = 1e6;

/** Without news for so long, a run that neither ended nor paused has lost its trainer, in ms and in mean steps. */
const silence = { time: 120_000, steps: 20 };

export interface ReadRun {
  readonly directory: string;
  readonly record: RunRecord;
  readonly figures: RunFigures;
}

/** One run directory: what was read of it is kept, and of its events only news is read again. */
export class RunReader {
  readonly path: string;
  readonly #files: RunFiles;
  readonly #words: Words;
  #modified: string | null = null;
  #record: RunRecord | null = null;
  #summary: Summary | null = null;
  #events: EventReader | null = null;

  constructor(files: RunFiles, path: string, words: Words = english) {
    this.#files = files;
    this.#words = words;
    this.path = path;
  }

  /**
   * @param modified when the directory changed last: with another one, its small files are read again
   * @param live what a kernel says of the run; its events need not be read then
   * @returns null where it is no run
   * @throws RunFilesError, or RunStoreError where a file is damaged or a newer library wrote it
   */
  async read(modified: string, live: RunSnapshot | undefined): Promise<ReadRun | null> {
    if (modified !== this.#modified) {
      this.#record = await this.#document("run.json", most.record, runRecordFormat);
      this.#summary = await this.#document("summary.json", most.summary, summaryFormat);
      this.#events = null;
      this.#modified = modified;
    }
    const record = this.#record;
    if (!record) return null;
    const figures =
      figuresFromSummary(this.#summary, record) ??
      (live ? figuresOfSnapshot(live) : (await this.#readEvents(record)).figures());
    return { directory: this.path, record, figures };
  }

  /** The run's snapshot from its events, as `readSnapshot` of the library gives it. @throws as `read` */
  async snapshot(): Promise<RunSnapshot> {
    return (await this.#readEvents(await this.record())).snapshot();
  }

  /** Whether a trainer has taken the run and not let go of it: it works there, or it was killed. @throws as `read` */
  async isTaken(): Promise<boolean> {
    return (await this.#files.read(`${this.path}/trainer.pid`, most.owner)) !== null;
  }

  /** `run.json`. @throws as `read` */
  async record(): Promise<RunRecord> {
    const record = this.#record ?? (await this.#document("run.json", most.record, runRecordFormat));
    if (!record) throw new RunFilesError(this.#words("%1: no run is there (any more)", this.path));
    return record;
  }

  async #readEvents(record: RunRecord): Promise<EventReader> {
    this.#events ??= await this.#open(record);
    if (!(await this.#events.readNews())) {
      this.#events = await this.#open(record);
      await this.#events.readNews();
    }
    return this.#events;
  }

  async #open(record: RunRecord): Promise<EventReader> {
    const { cut = 0 } = (await this.#document("cut.json", most.cut, cutFormat)) ?? {};
    const builder = new SnapshotBuilder(record, cut);
    return new EventReader(
      this.#files,
      `${this.path}/events.jsonl`,
      builder,
      this.#words,
      this.#summary?.state,
    );
  }

  async #document<T>(name: string, limit: number, format: Parameters<typeof fromDocument<T>>[1]) {
    const path = `${this.path}/${name}`;
    const part = await this.#files.read(path, limit);
    if (!part) return null;
    let found: unknown;
    try {
      found = JSON.parse(new TextDecoder().decode(part.bytes));
    } catch (error) {
      throw new RunFilesError(`${path}: ${(error as Error).message}`);
    }
    return fromDocument(path, format, found, "this version of jupyterlab-alright");
  }
}

/** `events.jsonl`, read as it grows. */
class EventReader {
  readonly #files: RunFiles;
  readonly #path: string;
  readonly #builder: SnapshotBuilder;
  readonly #words: Words;
  readonly #ended: RunState | undefined;
  #read = 0;
  #lines = 0;
  #broken = false;
  #lastTime = Number.NaN;
  /** The beginning of a line that was not whole yet. */
  #rest = new Uint8Array();

  /** @param ended the state that the run ended in, where it has */
  constructor(
    files: RunFiles,
    path: string,
    builder: SnapshotBuilder,
    words: Words,
    ended: RunState | undefined,
  ) {
    this.#files = files;
    this.#path = path;
    this.#builder = builder;
    this.#words = words;
    this.#ended = ended;
  }

  /** @returns false where what was read before is no longer in the file */
  async readNews(): Promise<boolean> {
    const part = await this.#files.read(this.#path, most.events - this.#read, this.#read);
    if (!part) return this.#read === 0;
    if (part.shrank) return false;
    this.#read += part.bytes.length;
    this.#take(part.bytes);
    return true;
  }

  figures(): RunFigures {
    return { ...figuresOf(this.#builder), ...this.#abandoned() };
  }

  snapshot(): RunSnapshot {
    return { ...this.#builder.snapshot(), ...this.#abandoned() };
  }

  /** Its trainer's process can't be seen from here; its silence can. The builder goes on should news come. */
  #abandoned(): { state: RunState; note: string } | null {
    const { state, seconds, step } = this.#builder;
    if (state !== "running" && state !== "preparing") return null;
    const meanStep = (1000 * seconds) / Math.max(1, step);
    if (!(Date.now() - this.#lastTime > Math.max(silence.time, silence.steps * meanStep))) return null;
    const note = this.#words("nothing was heard of its trainer for some time; it can be resumed");
    return { state: "paused", note };
  }

  #take(bytes: Uint8Array): void {
    const decoder = new TextDecoder();
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      const piece = bytes.subarray(start, end);
      const line = this.#rest.length > 0 ? joined(this.#rest, piece) : piece;
      this.#rest = new Uint8Array();
      start = end + 1;
      this.#lines++;
      if (this.#broken) continue;
      const event = line.length > longestLine ? null : tryDecode(decoder.decode(line));
      if (!event) {
        this.#broken = true;
        this.#builder.damaged(`${this.#path}:${this.#lines}`, 1, this.#ended);
        continue;
      }
      const time = Date.parse(event.time);
      if (!Number.isNaN(time)) this.#lastTime = time;
      this.#builder.add(event);
    }
    this.#rest = joined(this.#rest, bytes.subarray(start));
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

/** Rows of runs, each with what it adds to the hypervolume of those it can be compared with. */
export function rowsOf(runs: readonly ReadRun[]): RunRow[] {
  const added = contributions(runs);
  return runs.map((run, i) => runRow(run, added[i]!));
}
