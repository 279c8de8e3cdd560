import type { ControlReply, ControlRequest, RunSnapshot } from "../../src/runs/snapshot.ts";
import type { Content, Header } from "../protocol/message.ts";
import type { CommOrder } from "./comm-order.ts";

/** A module that a cell imports; it is loaded before the cell's code starts. */
export interface CellImport {
  readonly specifier: string;
  /** `"*"` for the namespace, `"default"`, or an export's name, and the cell's name for it. */
  readonly bindings: readonly { readonly imported: string; readonly local: string }[];
  /** A name that the module lacks is no error. */
  readonly lenient?: boolean;
}

/** A compiled cell, ready to run. */
export interface CompiledCell {
  readonly id: number;
  /** What tracebacks call it: `Cell [3]`. */
  readonly label: string;
  readonly code: string;
  /** Source map (version 3) from `code` to the cell's text. */
  readonly map: string;
  readonly imports: readonly CellImport[];
  /** Names of the values that the cell declares. */
  readonly declared: readonly string[];
  /** The magics in it, in the order their calls name them. */
  readonly magics: readonly MagicInvocation[];
}

/** A magic as parsed: which one, its literal options, and the names of options given as TypeScript expressions. */
export interface MagicInvocation {
  readonly name: string;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | true>>;
  readonly expressions: readonly string[];
  /** Whether its value is used (`const run = %alright`); a statement shows its own output only. */
  readonly assigned: boolean;
}

export interface ErrorContent {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** How a cell ended. */
export type Outcome =
  | {
      readonly status: "ok";
      readonly assigned: readonly string[];
      readonly payload: readonly Content[];
      readonly result?: { readonly data: Content; readonly metadata: Content };
      /** The result has been published already. */
      readonly isReported?: boolean;
    }
  | ({ readonly status: "error"; readonly assigned: readonly string[] } & ErrorContent);

/** Kernel process → user process. */
export type Order =
  | {
      readonly type: "execute";
      readonly id: number;
      readonly count: number;
      readonly parent: Header;
      readonly silent: boolean;
      readonly allowInput: boolean;
      /** Whether the last expression is to be shown; it comes back in the outcome. */
      readonly publish: boolean;
      readonly cell: CompiledCell;
    }
  | { readonly type: "interrupt"; readonly id: number }
  | { readonly type: "input_reply"; readonly id: number; readonly value?: string; readonly error?: string }
  | CommOrder
  | { readonly type: "control"; readonly id: number; readonly request: ControlRequest }
  | { readonly type: "shutdown" };

/** User process → kernel process. `mark`: its place among what comes by the standard streams (see merge.ts). */
export type Report = { readonly mark?: number } /** The order to end was heard; runs are paused first. */ & (
  | { readonly type: "ending" }
  | {
      readonly type: "publish";
      readonly parent: Header;
      readonly kind: string;
      readonly content: Content;
      readonly metadata?: Content;
      readonly buffers?: readonly Uint8Array[];
    }
  /** Printed text; `parent` with the first text of an execution. */
  | {
      readonly type: "stream";
      readonly execution: number;
      readonly name: "stdout" | "stderr";
      readonly text: string;
      readonly parent?: Header;
    }
  | { readonly type: "done"; readonly id: number; readonly outcome: Outcome }
  /** An interrupt was received; `patience` is how long (in seconds) an orderly end may take. */
  | { readonly type: "interrupting"; readonly id: number; readonly patience: number }
  | {
      readonly type: "input";
      readonly id: number;
      readonly execution: number;
      readonly prompt: string;
      readonly password: boolean;
      /** The first thread stands still until it is answered (`prompt`). */
      readonly blocking: boolean;
    }
  | { readonly type: "comm_done"; readonly id: number }
  | { readonly type: "snapshot"; readonly snapshot: RunSnapshot; readonly directory: string }
  /** A sweep's run has ended, and no handle of it is kept. */
  | { readonly type: "run_gone"; readonly runId: string }
  /** A control request was heard and is being carried out. */
  | { readonly type: "control_heard"; readonly id: number }
  | { readonly type: "control_reply"; readonly id: number; readonly reply: ControlReply }
);
