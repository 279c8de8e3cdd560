/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  /** `missing`: something does not work without it; `note`: good to know. */
  readonly state: "ok" | "missing" | "note";
  /** What was found, in words. */
  readonly found: string;
  /** What to do about it. */
  readonly mend?: string;
}
