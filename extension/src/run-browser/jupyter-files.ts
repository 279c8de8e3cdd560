import { type Contents, ServerConnection } from "@jupyterlab/services";
import { english, type Words } from "../../../src/figures/words.ts";
import { type DirectoryEntry, type FilePart, type RunFiles, RunFilesError } from "./files.ts";

/** Files by Jupyter's contents manager, their text by its download address: that serves parts of a file. */
export class JupyterFiles implements RunFiles {
  readonly #contents: Contents.IManager;
  readonly #settings: ServerConnection.ISettings;
  readonly #words: Words;

  constructor(contents: Contents.IManager, settings: ServerConnection.ISettings, words: Words = english) {
    this.#contents = contents;
    this.#settings = settings;
    this.#words = words;
  }

  async directories(path: string): Promise<readonly DirectoryEntry[] | null> {
    try {
      const { type, content } = await this.#contents.get(path, { type: "directory", content: true });
      if (type !== "directory" || !Array.isArray(content)) return null;
      return (content as Contents.IModel[])
        .filter((entry) => entry.type === "directory")
        .map(({ name, path: own, last_modified: modified }) => ({ name, path: own, modified }));
    } catch (error) {
      // Jupyter says 400 of a file where a directory was meant.
      if ([400, 404].includes((error as Partial<ServerConnection.ResponseError>).response?.status ?? 0))
        return null;
      throw problem(path, error);
    }
  }

  async read(path: string, most: number, from = 0): Promise<FilePart | null> {
    let response: Response;
    try {
      const address = await this.#contents.getDownloadUrl(path);
      const headers: HeadersInit = from > 0 ? { Range: `bytes=${from}-` } : {};
      response = await ServerConnection.makeRequest(address, { headers }, this.#settings);
    } catch (error) {
      throw problem(path, error);
    }
    if (response.status === 404) return null;
    if (response.status === 416) {
      const size = Number(/\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1] ?? from);
      return { bytes: new Uint8Array(), shrank: size < from };
    }
    if (!response.ok)
      throw new RunFilesError(this.#words("%1: the server answers %2", path, response.status));
    // A server without ranges sends the whole file.
    const skip = response.status === 206 ? 0 : from;
    const bytes = await readBody(response, most + skip);
    if (!bytes) {
      const megabytes = Math.round(most / 1e6);
      throw new RunFilesError(
        this.#words("%1 is larger than %2 MB, which are read at most", path, megabytes),
      );
    }
    return { bytes: bytes.subarray(Math.min(skip, bytes.length)), shrank: bytes.length < skip };
  }

  async delete(path: string): Promise<void> {
    try {
      await this.#contents.delete(path);
    } catch (error) {
      throw problem(path, error);
    }
  }
}

/** A response's bytes; `null` for one that is too long: its rest is never asked for. */
async function readBody(response: Response, most: number): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function problem(path: string, error: unknown): RunFilesError {
  return new RunFilesError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
}
