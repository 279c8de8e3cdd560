import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** The Jupyter messaging protocol this kernel speaks (https://jupyter-client.readthedocs.io/en/stable/messaging.html). */
export const PROTOCOL_VERSION = "5.5";
const DELIMITER = Buffer.from("<IDS|MSG>");
/** Signatures remembered against replay, as jupyter_client does. */
const REMEMBERED = 1 << 16;
/** Bytes that a header or parent header may have; real ones have a few hundred. */
const LARGEST_HEADER = 1 << 16;

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
  /** The subshell that the request is for (JEP 91); absent: the main shell. */
  readonly subshell_id?: string;
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

/** Frames that are no message of this connection: they are dropped, and have no effect. */
export class MessageError extends Error {
  override readonly name = "MessageError";
}

/** Packs, signs and reads messages for one kernel session. */
export class Messages {
  readonly session = randomUUID();
  readonly #key: string;
  readonly #digest: string;
  readonly #seen = new Set<string>();

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

  /** @throws MessageError saying what is wrong with the frames: too few, signature, a repetition, JSON, the header */
  decode(frames: readonly Buffer[]): Message {
    const at = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (at < 0 || frames.length < at + 6) {
      throw new MessageError(
        `a message of ${frames.length} frames was dropped: expected identities, <IDS|MSG>, a signature and four parts`,
      );
    }
    const parts = frames.slice(at + 2, at + 6);
    this.#verify(frames[at + 1]!, parts);
    const [header, parent, metadata, content] = parts.map(readObject) as [Content, Content, Content, Content];
    return {
      identities: frames.slice(0, at),
      header: readHeader(header),
      // A reply's parent is only compared by its id.
      parent: typeof parent.msg_id === "string" ? readHeader({ ...header, ...parent }) : {},
      metadata,
      content,
      buffers: frames.slice(at + 6),
    };
  }

  /** An empty key in the connection file turns signatures off. */
  #verify(signature: Buffer, parts: readonly Buffer[]): void {
    if (!this.#key) return;
    const expected = Buffer.from(this.#sign(parts));
    if (
      signature.length !== expected.length ||
      !timingSafeEqual(Uint8Array.from(signature), Uint8Array.from(expected))
    ) {
      throw new MessageError("a message was dropped: its signature does not match the connection's key");
    }
    const text = expected.toString("latin1");
    if (this.#seen.has(text))
      throw new MessageError("a message was dropped: it was received before (a replay)");
    this.#seen.add(text);
    // A Set keeps the order of insertion: the first is the oldest.
    if (this.#seen.size > REMEMBERED) for (const oldest of this.#seen) return void this.#seen.delete(oldest);
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

function readObject(part: Buffer, index: number): Content {
  const name = ["header", "parent header", "metadata", "content"][index];
  if (index < 2 && part.length > LARGEST_HEADER) {
    throw new MessageError(
      `a message was dropped: its ${name} has ${part.length} bytes, at most ${LARGEST_HEADER}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(part.toString("utf8"));
  } catch (error) {
    throw new MessageError(`a message was dropped: its ${name} is not JSON (${(error as Error).message})`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MessageError(`a message was dropped: its ${name} is not a JSON object`);
  }
  return value as Content;
}

/** The header's fields are texts; what else is in it is left out, so that it can be sent back as the parent. */
function readHeader(header: Content): Header {
  for (const field of ["msg_id", "msg_type", "session"]) {
    if (typeof header[field] !== "string" || header[field] === "") {
      throw new MessageError(`a message was dropped: "${field}" of its header is not a text`);
    }
  }
  const texts = Object.entries(header).filter(([, value]) => typeof value === "string");
  return Object.fromEntries(texts) as unknown as Header;
}
