import { deserialize, serialize } from "node:v8";

/**
 * Messages on the pipe from the user process: structured clones, cut into packets. A packet is small enough that the
 * system writes all of it or nothing, and says whether it begins and ends a message. So a signal that stops the
 * writing process between two packets costs that one message: the next one is read as if nothing had been.
 *
 * A packet: payload length (32 bits, little-endian), flags (1 byte: 1 begins, 2 ends), payload.
 */
const HEAD = 5;
/** Far below what a pipe or a socket pair holds. */
const PAYLOAD = 4096 - HEAD;
const BEGINS = 1;
const ENDS = 2;

/** The packets of one message, ready to be written one by one. */
export function packets(message: unknown): Buffer[] {
  const body = serialize(message);
  const count = Math.max(1, Math.ceil(body.length / PAYLOAD));
  const bytes = Buffer.allocUnsafe(body.length + count * HEAD);
  return Array.from({ length: count }, (_, index) => {
    const from = index * PAYLOAD;
    const size = Math.min(PAYLOAD, body.length - from);
    const packet = bytes.subarray(from + index * HEAD, from + index * HEAD + HEAD + size);
    packet.writeUInt32LE(size);
    packet[4] = (index === 0 ? BEGINS : 0) | (index === count - 1 ? ENDS : 0);
    body.copy(packet, HEAD, from, from + size);
    return packet;
  });
}

export class PipeError extends Error {
  override readonly name = "PipeError";
}

/** Puts packets together again. */
export class PacketReader {
  #rest: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];

  /** @throws PipeError when the bytes are no packets: something else has written to the pipe */
  push(chunk: Buffer, onMessage: (message: unknown) => void): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= HEAD) {
      const size = bytes.readUInt32LE(at);
      const flags = bytes[at + 4]!;
      if (size > PAYLOAD || flags > (BEGINS | ENDS)) {
        throw new PipeError("the pipe from the user process holds something that is no packet");
      }
      if (bytes.length - at < HEAD + size) break;
      if (flags & BEGINS) this.#parts = [];
      this.#parts.push(bytes.subarray(at + HEAD, at + HEAD + size));
      at += HEAD + size;
      if (flags & ENDS) onMessage(this.#message());
    }
    this.#rest = bytes.subarray(at);
  }

  #message(): unknown {
    const body = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#parts = [];
    try {
      return deserialize(body);
    } catch (error) {
      throw new PipeError(`a message from the user process cannot be read: ${(error as Error).message}`);
    }
  }
}
