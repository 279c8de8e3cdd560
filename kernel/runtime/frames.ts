import { deserialize, serialize } from "node:v8";

/**
 * Messages on the pipe from the user process, cut into packets. A packet is small enough that the system writes all of
 * it or nothing, and says whether it begins and ends a message. So a signal that stops the writing process between two
 * packets costs that one message: the next one is read as if nothing had been.
 *
 * A packet: payload length (32 bits, little-endian), flags (1 byte: 1 begins, 2 ends, 4 the message is JSON), payload.
 * A message that is not JSON is a structured clone.
 */
const HEAD = 5;
/** Far below what a pipe or a socket pair holds. */
const PAYLOAD = 4096 - HEAD;
const BEGINS = 1;
const ENDS = 2;
const JSON_TEXT = 4;

/**
 * Printed text comes by the hundred thousand: it is written into these, over and over. A structured clone allocates
 * outside V8's heap each time, and what is freed there does not go back to the system.
 */
const packet = Buffer.allocUnsafe(HEAD + PAYLOAD);
const scratch = Buffer.allocUnsafe(1 << 16);

function encode(message: { readonly type: string }): { body: Buffer; size: number; kind: number } {
  if (message.type !== "stream") {
    const body = serialize(message);
    return { body, size: body.length, kind: 0 };
  }
  const text = JSON.stringify(message);
  // A UTF-16 unit has at most 3 bytes.
  if (text.length * 3 <= scratch.length) return { body: scratch, size: scratch.write(text), kind: JSON_TEXT };
  const body = Buffer.from(text);
  return { body, size: body.length, kind: JSON_TEXT };
}

/** Sends one message, a packet at a time; the bytes are overwritten afterwards. `send` returns false to give up. */
export function sendPackets(message: { readonly type: string }, send: (bytes: Buffer) => boolean): void {
  const { body, size, kind } = encode(message);
  for (let from = 0; from === 0 || from < size; from += PAYLOAD) {
    const length = Math.min(PAYLOAD, size - from);
    packet.writeUInt32LE(length);
    packet[4] = kind | (from === 0 ? BEGINS : 0) | (from + length === size ? ENDS : 0);
    body.copy(packet, HEAD, from, from + length);
    if (!send(packet.subarray(0, HEAD + length))) return;
  }
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
      if (size > PAYLOAD || flags > (BEGINS | ENDS | JSON_TEXT)) {
        throw new PipeError("the pipe from the user process holds something that is no packet");
      }
      if (bytes.length - at < HEAD + size) break;
      if (flags & BEGINS) this.#parts = [];
      this.#parts.push(bytes.subarray(at + HEAD, at + HEAD + size));
      at += HEAD + size;
      if (flags & ENDS) onMessage(this.#message((flags & JSON_TEXT) !== 0));
    }
    this.#rest = bytes.subarray(at);
  }

  #message(isText: boolean): unknown {
    const body = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#parts = [];
    try {
      return isText ? JSON.parse(body.toString("utf8")) : deserialize(body);
    } catch (error) {
      throw new PipeError(`a message from the user process cannot be read: ${(error as Error).message}`);
    }
  }
}
