export type { SweepRun } from "./entry.ts";
export { SweepError } from "./error.ts";
export type { Base, Grid, Point } from "./grid.ts";
export type { SweepInput } from "./plan.ts";
export type { SweepSnapshot, SweepState, SweepSummary } from "./results.ts";
export type { Configuration, SummaryRow } from "./summary.ts";
export { resumeSweep, type Sweep, type SweepOptions, sweep } from "./sweep.ts";
