import type { Run } from "../../src/training/run.ts";
import { findRun, sessionRuns, stateOf } from "../runtime/runs.ts";
import { type Call, MagicError } from "./magic.ts";
import { suggestion } from "./option.ts";

/**
 * The run that a magic is about: by id, by a value (`%pause {run}`), or the last one for which it makes sense.
 * @param fits which states make sense, and what to call them
 */
export function chooseRun(magic: string, { words: [id], word }: Call, fits: readonly Run["state"][]): Run {
  if (word !== undefined) return asRun(magic, word);
  const all = sessionRuns();
  if (id !== undefined) {
    const found = findRun(id) ?? all.find((run) => run.specification.name === id);
    if (found) return found;
    throw new MagicError(
      `%${magic} ${id}: no run of this session has that id${suggestion(
        id,
        all.map((run) => run.id),
      )}; %runs lists them`,
    );
  }
  const last = all.findLast((run) => fits.includes(stateOf(run)));
  if (last) return last;
  throw new MagicError(`%${magic}: no run of this session is ${fits.join(" or ")}; %runs lists them`);
}

export function asRun(magic: string, value: unknown): Run {
  const run = value as Partial<Run> | null;
  if (typeof run?.id === "string" && typeof run.pause === "function") return run as Run;
  throw new MagicError(`%${magic} {…}: the value is no run; const run = %alright … background gives one`);
}
