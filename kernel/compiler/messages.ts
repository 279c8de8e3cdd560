import type { CompiledCell, ErrorContent } from "../runtime/messages.ts";

/** What the compiler's thread is asked. Positions are UTF-16 offsets into `code`. */
export type Question =
  /** An `expression` leaves no names and is not committed. */
  | { readonly kind: "compile"; readonly code: string; readonly label: string; readonly expression?: boolean }
  /** Cell `id` has run; these of its values exist. null: it did not run after all. */
  | { readonly kind: "commit"; readonly id: number; readonly assigned: readonly string[] | null }
  /** The user process is gone: forget every name. */
  | { readonly kind: "reset" }
  | { readonly kind: "complete"; readonly code: string; readonly position: number }
  | { readonly kind: "inspect"; readonly code: string; readonly position: number; readonly detail: number }
  | { readonly kind: "isComplete"; readonly code: string };

export type Compilation =
  | { readonly ok: true; readonly cell: CompiledCell }
  | { readonly ok: false; readonly error: ErrorContent };

export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly items: readonly { readonly text: string; readonly type: string; readonly help?: string }[];
}

export interface Inspection {
  readonly found: boolean;
  readonly text: string;
  readonly markdown: string;
}

export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid";
  readonly indent: string;
}

export interface Answers {
  readonly compile: Compilation;
  readonly commit: null;
  readonly reset: null;
  readonly complete: Completion;
  readonly inspect: Inspection;
  readonly isComplete: Completeness;
}
