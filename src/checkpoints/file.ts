import { closeSync, openSync, readSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { CheckpointError } from "./error.ts";

/** @throws CheckpointError naming the file */
export async function openFile(file: string): Promise<FileHandle> {
  try {
    // Before it is opened: a pipe would wait for somebody to write.
    if (!(await stat(file)).isFile())
      throw new CheckpointError(`${file}: is a directory, or a device; expected a file`);
    return await open(file, "r");
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new CheckpointError(`${file}: not found`);
    throw new CheckpointError(`${file}: ${(error as Error).message}`);
  }
}

/** Reads exactly that many bytes, into memory of their own (aligned for every element type). */
export async function readBytes(
  handle: FileHandle,
  from: number,
  length: number,
  file: string,
  what: string,
): Promise<Buffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  let done = 0;
  while (done < length) {
    const part = Math.min(length - done, 1 << 30);
    const { bytesRead } = await handle.read(bytes, done, part, from + done);
    if (bytesRead === 0)
      throw new CheckpointError(`${file}: ended within ${what}; was it changed while being read?`);
    done += bytesRead;
  }
  return bytes;
}

/** As {@link readBytes}, at once: for tensors that stay in their files. */
export function readNow(file: string, from: number, length: number, what: string): Uint8Array {
  const bytes = new Uint8Array(length);
  fillNow(file, from, bytes, what);
  return bytes;
}

/** Fills `into` from place `from` of a file. @throws CheckpointError where the file is gone or too short */
export function fillNow(file: string, from: number, into: Uint8Array, what: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    throw new CheckpointError(`${file}: ${what} can't be read: ${(error as Error).message}`);
  }
  try {
    for (let done = 0; done < into.length; ) {
      const count = readSync(descriptor, into, done, into.length - done, from + done);
      if (count === 0)
        throw new CheckpointError(
          `${file}: ended within ${what}; was it changed while a run was reading it?`,
        );
      done += count;
    }
  } finally {
    closeSync(descriptor);
  }
}
