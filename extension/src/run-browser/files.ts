/** Files as the run browser needs them: bounded reads, from anywhere in a file. Paths are Jupyter's. */
export interface RunFiles {
  /** The directories in one; null where there is no such directory. @throws RunFilesError */
  directories(path: string): Promise<readonly DirectoryEntry[] | null>;
  /**
   * A file from a byte on; null where there is no such file.
   * @param most bytes that may be read
   * @throws RunFilesError where there is more, or the server refuses
   */
  read(path: string, most: number, from?: number): Promise<FilePart | null>;
  /** Deletes a directory with all that is in it. @throws RunFilesError */
  delete(path: string): Promise<void>;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly path: string;
  /** Changes when a file is made, renamed or deleted in it. */
  readonly modified: string;
}

export interface FilePart {
  readonly bytes: Uint8Array;
  /** The file is shorter than it was: what was read of it before is no more. */
  readonly shrank: boolean;
}

/** What could not be read or deleted; the message is for the reader. */
export class RunFilesError extends Error {
  override readonly name = "RunFilesError";
}
