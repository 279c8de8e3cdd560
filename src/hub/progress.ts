/** How far a download has come. */
export interface HubProgress {
  /** `owner/name`. */
  readonly repo: string;
  /** The file that came on last. */
  readonly file: string;
  /** Bytes of all files together, those of earlier attempts included. */
  readonly received: number;
  readonly total: number;
  readonly filesDone: number;
  readonly files: number;
  /** Bytes a second that came over the network, so far. */
  readonly speed: number;
}

const width = 20;

/** One line: `owner/name [████░░░░] 40 % of 2.1 GB, 48 MB/s, 1 of 3 files`. */
export function formatProgress({ repo, received, total, filesDone, files, speed }: HubProgress): string {
  const share = total === 0 ? 1 : Math.min(1, received / total);
  const full = Math.floor(share * width);
  const bar = "█".repeat(full) + "░".repeat(width - full);
  const rate = speed > 0 ? `, ${formatBytes(speed)}/s` : "";
  return `${repo} [${bar}] ${Math.floor(share * 100)} % of ${formatBytes(total)}${rate}, ${filesDone} of ${files} files`;
}

/** In decimal units, as the hub shows sizes. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits =
    value < 100 && unit > 0 ? value.toPrecision(value < 10 ? 2 : 3).replace(/\.0$/, "") : Math.round(value);
  return `${digits} ${units[unit]}`;
}

/**
 * Writes a download's progress as a line that replaces itself (a terminal, a notebook), or as a line now and then (a log).
 */
export function progressWriter(
  write: (text: string) => void,
  { inPlace }: { readonly inPlace: boolean },
): { onProgress(progress: HubProgress): void; onNote(note: string): void } {
  const every = inPlace ? 200 : 5000;
  let next = 0;
  let longest = 0;
  return {
    onProgress(progress) {
      const ended = progress.filesDone === progress.files;
      const now = performance.now();
      if (now < next && !ended) return;
      next = now + every;
      const line = formatProgress(progress);
      longest = Math.max(longest, line.length);
      write(inPlace ? `\r${line.padEnd(longest)}${ended ? "\n" : ""}` : `${line}\n`);
    },
    onNote: (note) => write(`${note}\n`),
  };
}

/** Adds up what the files of a download have got. */
export class ProgressSum {
  readonly #repo: string;
  readonly #listener: (progress: HubProgress) => void;
  readonly #received = new Map<string, number>();
  readonly #total: number;
  readonly #files: number;
  readonly #start = performance.now();
  #filesDone = 0;
  #sum = 0;
  /** Bytes that earlier attempts left. */
  #found = 0;

  constructor(
    repo: string,
    files: readonly { readonly size: number }[],
    listener: (progress: HubProgress) => void,
  ) {
    this.#repo = repo;
    this.#listener = listener;
    this.#files = files.length;
    this.#total = files.reduce((sum, { size }) => sum + size, 0);
  }

  /** A file has so many bytes now: the first time, those that were there. */
  set(file: string, bytes: number): void {
    const before = this.#received.get(file);
    if (before === undefined) this.#found += bytes;
    this.#received.set(file, bytes);
    this.#sum += bytes - (before ?? 0);
    this.#tell(file);
  }

  done(file: string, size: number): void {
    this.#sum += size - (this.#received.get(file) ?? 0);
    this.#received.set(file, size);
    this.#filesDone++;
    this.#tell(file);
  }

  #tell(file: string): void {
    const seconds = (performance.now() - this.#start) / 1000;
    this.#listener({
      repo: this.#repo,
      file,
      received: this.#sum,
      total: this.#total,
      filesDone: this.#filesDone,
      files: this.#files,
      speed: seconds > 0.2 ? Math.max(0, this.#sum - this.#found) / seconds : 0,
    });
  }
}
