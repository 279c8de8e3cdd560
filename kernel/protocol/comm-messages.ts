import { z } from "zod";
import { type Content, MessageError } from "./message.ts";

/** What a front end may send on a comm; loaded with the first comm message. */
const Data = z.record(z.string(), z.unknown());
const Id = z.string().min(1).max(1000);
const contents = {
  comm_open: z.object({ comm_id: Id, target_name: z.string().min(1).max(1000), data: Data.default({}) }),
  comm_msg: z.object({ comm_id: Id, data: Data.default({}) }),
  comm_close: z.object({ comm_id: Id, data: Data.default({}) }),
} as const;

export type CommKind = keyof typeof contents;

/** @throws MessageError naming the key that is not as the protocol says */
export function checkComm(kind: CommKind, content: Content): Content {
  const checked = contents[kind].safeParse(content);
  if (checked.success) return { ...content, ...checked.data };
  const { path, message } = checked.error.issues[0]!;
  throw new MessageError(`a ${kind} was dropped: "${path.join(".")}": ${message}`);
}
