import type { Content, Header } from "../protocol/message.ts";

/** A comm message for the user process. Apart from the other orders, whose types every cell would load with `comms`'s. */
export interface CommOrder {
  readonly type: "comm";
  /** Told back (`comm_done`) once its handler has returned. */
  readonly id: number;
  readonly kind: "comm_open" | "comm_msg" | "comm_close";
  readonly parent: Header;
  readonly content: Content;
  readonly buffers: readonly Uint8Array[];
}
