import { Token } from "@lumino/coreutils";
import type { ISignal } from "@lumino/signaling";
import type { RunSnapshot } from "../../src/runs/snapshot.ts";

/** The newest snapshot of every run that a kernel of this session has told of. */
export interface IRunStore {
  get(runId: string): RunSnapshot | undefined;
  readonly runs: readonly RunSnapshot[];
  /** Takes what a kernel sent; old news (`seq`) and what is no snapshot are ignored. */
  receive(snapshots: unknown): void;
  /** The id of a run whose snapshot is new. */
  readonly changed: ISignal<IRunStore, string>;
}

export const IRunStore = new Token<IRunStore>(
  "jupyterlab-alright:IRunStore",
  "The newest snapshot of every ALRIGHT run that a kernel has told of.",
);
