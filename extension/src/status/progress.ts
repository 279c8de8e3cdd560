import { english, type Words } from "../../../src/figures/words.ts";
import type { RunSnapshot } from "../../../src/runs/snapshot.ts";

export interface Progress {
  /** Runs that train, or prepare to. */
  readonly going: readonly RunSnapshot[];
  readonly step: number;
  readonly steps: number;
  /** Seconds until the last of them has made its steps; null where that can't be said yet. */
  readonly left: number | null;
}

/** What is under way. Time is reckoned from a run's own mean step. */
export function progressOf(runs: readonly RunSnapshot[]): Progress {
  const going = runs.filter(({ state }) => state === "running" || state === "preparing");
  const lefts = going.map(({ step, steps, resources: { seconds } }) =>
    step > 0 && seconds > 0 ? (Math.max(0, steps - step) * seconds) / step : null,
  );
  const known = lefts.filter((left) => left !== null);
  return {
    going,
    step: going.reduce((sum, { step }) => sum + step, 0),
    steps: going.reduce((sum, { steps }) => sum + steps, 0),
    left: known.length === lefts.length && known.length > 0 ? Math.max(...known) : null,
  };
}

/** Seconds as a reader takes them in: `40 s`, `3 min`, `2 h 10 min`. */
export function roughly(seconds: number, words: Words = english): string {
  if (seconds < 60) return words("%1 s", Math.max(1, Math.round(seconds)));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return words("%1 min", minutes);
  return words("%1 h %2 min", Math.floor(minutes / 60), minutes % 60);
}
