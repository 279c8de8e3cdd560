import { deserialize, serialize } from "node:v8";

/** Frames on the pipe from the user process: a length (32 bits, little-endian), then a structured clone. */
export function frame(message: unknown): Buffer {
  const body = serialize(message);
  const bytes = Buffer.allocUnsafe(4 + body.length);
  bytes.writeUInt32LE(body.length);
  body.copy(bytes, 4);
  return bytes;
}

/** Cuts a byte stream into messages. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  push(chunk: Buffer, onMessage: (message: unknown) => void): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= 4) {
      if (this.#chunks[0]!.length < 4) this.#join();
      const size = this.#chunks[0]!.readUInt32LE();
      if (this.#length < 4 + size) return;
      this.#join();
      const bytes = this.#chunks[0]!;
      const message = deserialize(bytes.subarray(4, 4 + size));
      const rest = bytes.subarray(4 + size);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#length = rest.length;
      onMessage(message);
    }
  }

  #join(): void {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
  }
}
