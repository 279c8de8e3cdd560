import { parentPort } from "node:worker_threads";
import { RunStoreError } from "../runs/error.ts";
import { sealCheckpoint, type Unsealed } from "./checkpoint.ts";

/**
 * The trainer's second thread: digests, syncs and renames a checkpoint's files while training goes on. It sees files only.
 */

export type Sealed = { readonly directory: string } | { readonly error: string; readonly store: boolean };

parentPort!.on("message", (unsealed: Unsealed) => {
  let answer: Sealed;
  try {
    answer = { directory: sealCheckpoint(unsealed) };
  } catch (error) {
    answer = { error: (error as Error).message, store: error instanceof RunStoreError };
  }
  parentPort!.postMessage(answer);
});
