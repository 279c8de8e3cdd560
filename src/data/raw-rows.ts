/** A row as it stands in its file, not yet looked at. */
export interface RawRow {
  /** The line of JSON Lines, from 1; null in formats without lines. */
  readonly line: number | null;
  readonly value: unknown;
  /** What kept the row from being read at all. */
  readonly problem?: string;
}

/** A file whose rows have been read. */
export interface RawFile {
  readonly file: string;
  /** Of the file's bytes, as they are (compressed or not), in hex. */
  readonly sha256: string;
  readonly rows: number;
}

/** Takes the rows as they come, in order; what it throws ends the reading. */
export type OnRow = (row: RawRow) => void;
