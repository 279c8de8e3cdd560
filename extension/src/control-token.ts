import type { NotebookPanel } from "@jupyterlab/notebook";
import { Token } from "@lumino/coreutils";
import type { ControlReply, ControlRequest } from "../../src/runs/snapshot.ts";

export type Send = (request: ControlRequest) => Promise<ControlReply>;

/** What a plot can do to the notebook that it belongs to, and to its kernel. */
export interface Reach {
  readonly kernelId: string | null;
  /** `null` where no kernel can act on runs. */
  readonly send: Send | null;
  /** Why not, in one line for the reader. */
  readonly reason: string;
  /** Inserts a cell below the active one and shows it; `null` where there is no notebook. */
  readonly insert: ((source: string) => void) | null;
}

/** Asks the kernel behind a piece of the page to act on its runs. */
export interface IRunControl {
  /** @returns `null` where the node is in no notebook with a kernel that holds runs */
  at(node: Node): Send | null;
  /** What a node in a notebook can reach, or the notebook itself. */
  reach(from: Node | NotebookPanel): Reach;
}

export const IRunControl = new Token<IRunControl>(
  "jupyterlab-alright:IRunControl",
  "Pauses, resumes, stops and steers the ALRIGHT runs of a notebook's kernel.",
);
