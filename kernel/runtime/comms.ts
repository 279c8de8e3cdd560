import { randomUUID } from "node:crypto";
import type { Content } from "../protocol/message.ts";
import type { CommOrder } from "./comm-order.ts";
import { currentExecution } from "./execution.ts";
import { report } from "./report.ts";

type Opened = (comm: Comm, data: Content, buffers: readonly Uint8Array[]) => void;

const targets = new Map<string, Opened>();
const open = new Map<string, Comm>();

/** One open comm: messages both ways, with buffers. */
export class Comm {
  readonly id: string;
  readonly target: string;
  /** Called with each message of the front end. */
  onMessage: (data: Content, buffers: readonly Uint8Array[]) => void = () => {};
  onClose: (data: Content) => void = () => {};

  constructor(id: string, target: string) {
    this.id = id;
    this.target = target;
    open.set(id, this);
  }

  send(data: Content, buffers: readonly Uint8Array[] = []): void {
    publish("comm_msg", { comm_id: this.id, data }, buffers);
  }

  close(data: Content = {}): void {
    if (open.delete(this.id)) publish("comm_close", { comm_id: this.id, data });
  }
}

function publish(kind: string, content: Content, buffers: readonly Uint8Array[] = []): void {
  const parent = currentExecution()?.parent;
  if (!parent) return;
  report({ type: "publish", parent, kind, content, buffers: buffers.map((one) => Uint8Array.from(one)) });
}

export const comms = {
  /** Opens a comm to a target that the front end has registered. */
  open(target: string, data: Content = {}, buffers: readonly Uint8Array[] = []): Comm {
    const comm = new Comm(randomUUID(), target);
    publish("comm_open", { comm_id: comm.id, target_name: target, data }, buffers);
    return comm;
  },
  /** Registers a target that the front end may open comms to. */
  register(target: string, opened: Opened): void {
    targets.set(target, opened);
  },
};

export function receiveComm({ kind, content, buffers }: CommOrder): void {
  const id = String(content.comm_id);
  if (kind === "comm_open") {
    const opened = targets.get(String(content.target_name));
    const comm = new Comm(id, String(content.target_name));
    if (opened) opened(comm, content.data ?? {}, buffers);
    else comm.close({ error: `no target "${content.target_name}" is registered` });
    return;
  }
  const comm = open.get(id);
  if (kind === "comm_msg") comm?.onMessage(content.data ?? {}, buffers);
  else if (open.delete(id)) comm?.onClose(content.data ?? {});
}
