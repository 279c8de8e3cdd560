/** What the reading process says, one JSON object a line. */
export type Said =
  /** An example that should have been read was not. */
  | { readonly type: "undamaged"; readonly wrong: string }
  /** All examples have been read; from here on memory counts. */
  | { readonly type: "ready"; readonly base: number }
  | { readonly type: "begin"; readonly number: number }
  /** `wrong`: what is wrong with how it ended; `memory`: the largest so far, in bytes above the base. */
  | {
      readonly type: "end";
      readonly number: number;
      readonly end: string;
      readonly wrong: string | null;
      readonly memory: number;
    }
  | { readonly type: "done" };
