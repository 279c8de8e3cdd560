import type { CONTROL_TARGET, RunSnapshot } from "../../src/runs/snapshot.ts";
import type { UserProcess } from "../runtime/process.ts";
import type { CommKind } from "./comm-messages.ts";
import { Control } from "./control.ts";
import { Feed } from "./feed.ts";
import type { Content, Message } from "./message.ts";
import type { Publisher } from "./publisher.ts";

/** The library's constant, without loading its schemas before the kernel is ready. */
const CONTROL: typeof CONTROL_TARGET = "alright.control";

/**
 * Open comms, by id. Those on `alright.control` are answered here, in the kernel process, also while a cell runs;
 * all others belong to the user process.
 */
export class Comms {
  readonly control: Control;
  readonly #feed: Feed;
  readonly #publisher: Publisher;
  readonly #user: UserProcess;
  readonly #targets = new Map<string, string>();
  /** Messages that the user process has not handled yet: their output comes before their "idle". */
  readonly #unhandled = new Map<number, () => void>();
  #next = 1;

  constructor(publisher: Publisher, user: UserProcess) {
    this.#publisher = publisher;
    this.#user = user;
    this.control = new Control(user);
    this.#feed = new Feed((kind, content) => publisher.publish(kind, {}, content));
  }

  /** The user process told where a run stands. */
  keep(snapshot: RunSnapshot, directory: string): void {
    this.control.keep(snapshot, directory);
    this.#feed.add(snapshot);
  }

  /** A run has ended of which no handle is kept. */
  gone(runId: string): void {
    this.control.forget(runId);
    this.#feed.forget(runId);
  }

  list(target: unknown): Record<string, { target_name: string }> {
    const open = [...this.#targets].filter(([, name]) => !target || name === target);
    return Object.fromEntries(open.map(([id, target_name]) => [id, { target_name }]));
  }

  /** @throws MessageError for a message that is not as the protocol says; it has no effect then */
  async receive(message: Message): Promise<void> {
    const { header, buffers } = message;
    const kind = header.msg_type as CommKind;
    const { checkComm } = await import("./comm-messages.ts");
    const content = checkComm(kind, message.content);
    const id = content.comm_id as string;
    if (kind === "comm_open") this.#targets.set(id, content.target_name);
    const target = this.#targets.get(id);
    // A comm that was never opened, or is closed already.
    if (target === undefined) return;
    if (kind === "comm_close") this.#targets.delete(id);
    if (target !== CONTROL) {
      const id = this.#next++;
      this.#user.send({ type: "comm", id, kind, parent: header, content, buffers });
      return new Promise((resolve) => this.#unhandled.set(id, resolve));
    }
    // Opening the comm may carry a first request.
    if (kind === "comm_close" || (kind === "comm_open" && !content.data?.action)) return;
    const reply = await this.control.answer(content.data as Content);
    const data = content.data?.id === undefined ? reply : { ...reply, id: content.data.id };
    this.#publisher.publish("comm_msg", header, { comm_id: id, data });
  }

  /** The user process sent this comm message: keep the list of open comms right. */
  sent(kind: string, content: Content): void {
    if (kind === "comm_open") this.#targets.set(content.comm_id, content.target_name);
    else if (kind === "comm_close") this.#targets.delete(content.comm_id);
  }

  handled(id: number): void {
    this.#unhandled.get(id)?.();
    this.#unhandled.delete(id);
  }

  /** The user process is gone, and its comms with it. */
  forget(): void {
    for (const [id, target] of this.#targets) {
      if (target === CONTROL) continue;
      this.#targets.delete(id);
      this.#publisher.publish("comm_close", {}, { comm_id: id, data: {} });
    }
    for (const id of [...this.#unhandled.keys()]) this.handled(id);
    this.control.lost();
  }
}
