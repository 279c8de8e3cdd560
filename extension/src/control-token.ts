import { Token } from "@lumino/coreutils";
import type { ControlReply, ControlRequest } from "../../src/runs/snapshot.ts";

/** Asks the kernel behind a piece of the page to act on its runs. */
export interface IRunControl {
  /** @returns `null` where the node is in no notebook with a kernel that holds runs */
  at(node: Node): ((request: ControlRequest) => Promise<ControlReply>) | null;
}

export const IRunControl = new Token<IRunControl>(
  "jupyterlab-alright:IRunControl",
  "Pauses, resumes and stops the ALRIGHT runs of a notebook's kernel.",
);
