import { Token } from "@lumino/coreutils";
import type { ISignal } from "@lumino/signaling";
import type { Contours, RunSnapshot } from "../../src/runs/snapshot.ts";

/** The newest snapshot of every run that a kernel of this session has told of. */
export interface IRunStore {
  get(runId: string): RunSnapshot | undefined;
  readonly runs: readonly RunSnapshot[];
  /** The runs that a kernel (by its id) has told of, in the order in which it first did. */
  of(kernelId: string): readonly RunSnapshot[];
  /** The kernel that can act on a run: the last one that told of it, unless it has been restarted since. */
  holder(runId: string): string | null;
  /** The toy's loss contours, where a kernel's messages had them. */
  contours(kernelId: string): Contours | undefined;
  /** Takes what a kernel sent; old news (`seq`) and what is no snapshot are ignored. */
  receive(snapshots: unknown, kernelId?: string): void;
  /**
   * Takes what is new of a run since a snapshot that it may have.
   * @returns whether it has that: otherwise the whole run is to be asked for
   */
  update(update: unknown, kernelId: string): boolean;
  receiveContours(contours: unknown, kernelId: string): void;
  /** A kernel said which runs it holds: it has lost the others, which are paused by that if they went on. */
  keepOnly(kernelId: string, runIds: readonly string[]): void;
  /** Nobody tells of these runs any more: what was last known of them is no news. */
  forget(runIds: readonly string[]): void;
  /** The id of a run whose snapshot is new, or whose holder has changed. */
  readonly changed: ISignal<IRunStore, string>;
}

export const IRunStore = new Token<IRunStore>(
  "jupyterlab-alright:IRunStore",
  "The newest snapshot of every ALRIGHT run that a kernel has told of.",
);
