import { type FileHandle, open } from "node:fs/promises";
import { CheckpointError } from "./error.ts";

/** @throws CheckpointError naming the file */
export async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, "r");
  } catch (error) {
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
