import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** The Jupyter messaging protocol this kernel speaks (https://jupyter-client.readthedocs.io/en/stable/messaging.html). */
export const PROTOCOL_VERSION = "5.5";
const DELIMITER = Buffer.from("<IDS|MSG>");

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
}

// biome-ignore lint/suspicious/noExplicitAny: contents are foreign JSON; each handler checks what it reads
export type Content = Record<string, any>;

export interface Message {
  /** Routing frames before the delimiter. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parent: Header | Record<string, never>;
  readonly metadata: Content;
  readonly content: Content;
  readonly buffers: readonly Buffer[];
}

export class SignatureError extends Error {
  override readonly name = "SignatureError";
}

/** Packs, signs and reads messages for one kernel session. */
export class Messages {
  readonly session = randomUUID();
  readonly #key: string;
  readonly #digest: string;

  constructor(key: string, scheme: string) {
    this.#key = key;
    this.#digest = scheme.replace(/^hmac-/, "");
  }

  #sign(frames: readonly Buffer[]): string {
    if (!this.#key) return "";
    const hmac = createHmac(this.#digest, this.#key);
    for (const frame of frames) hmac.update(frame);
    return hmac.digest("hex");
  }

  /** @throws SignatureError when the frames are no message of this connection */
  decode(frames: readonly Buffer[]): Message {
    const at = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (at < 0 || frames.length < at + 6) throw new SignatureError("not a Jupyter message: too few frames");
    const signature = frames[at + 1]!;
    const parts = frames.slice(at + 2, at + 6);
    const expected = Buffer.from(this.#sign(parts));
    if (
      this.#key &&
      (signature.length !== expected.length ||
        !timingSafeEqual(Uint8Array.from(signature), Uint8Array.from(expected)))
    ) {
      throw new SignatureError("a message's signature does not match the connection's key; it was dropped");
    }
    const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString("utf8")));
    return {
      identities: frames.slice(0, at),
      header,
      parent,
      metadata,
      content,
      buffers: frames.slice(at + 6),
    };
  }

  encode(
    identities: readonly (Buffer | string)[],
    type: string,
    parent: Header | Record<string, never>,
    content: Content,
    metadata: Content = {},
    buffers: readonly Uint8Array[] = [],
  ): Buffer[] {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.session,
      username: "kernel",
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    };
    const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [
      ...identities.map((identity) => (typeof identity === "string" ? Buffer.from(identity) : identity)),
      DELIMITER,
      Buffer.from(this.#sign(parts)),
      ...parts,
      ...buffers.map((buffer) => Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength)),
    ];
  }
}
