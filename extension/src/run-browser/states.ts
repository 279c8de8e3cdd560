import type { RunState as State } from "../../../src/runs/snapshot.ts";

/** The states of a run; the type keeps them equal to the library's, whose module would bring the schema along. */
export const RunState: readonly State[] = ["preparing", "running", "paused", "finished", "stopped", "failed"];
