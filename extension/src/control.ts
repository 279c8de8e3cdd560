import type { Kernel } from "@jupyterlab/services";
import type { JSONObject } from "@lumino/coreutils";
import { english, type Words } from "../../src/figures/words.ts";
import type { CONTROL_TARGET, ControlReply, ControlRequest } from "../../src/runs/snapshot.ts";

const target: typeof CONTROL_TARGET = "alright.control";

/** The kernel's own limit is shorter; this is for a kernel that is gone. */
const patience = 10_000;

/** One question, one comm: opened with the request, closed with the answer. It never rejects. */
export function askKernel(
  kernel: Pick<Kernel.IKernelConnection, "createComm">,
  request: ControlRequest,
  words: Words = english,
): Promise<ControlReply> {
  return new Promise((resolve) => {
    const comm = kernel.createComm(target);
    let ended = false;
    const end = (reply: ControlReply) => {
      if (ended) return; // closing a comm calls onClose, before it counts as disposed
      ended = true;
      clearTimeout(timer);
      resolve(reply);
      if (!comm.isDisposed) comm.close();
    };
    const timer = setTimeout(
      () => end({ ok: false, error: words("The kernel did not answer within 10 s.") }),
      patience,
    );
    comm.onMsg = ({ content }) => end(content.data as unknown as ControlReply);
    comm.onClose = () => end({ ok: false, error: words("The kernel closed the connection.") });
    comm.open({ ...request } as unknown as JSONObject);
  });
}
