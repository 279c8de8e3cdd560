import { z } from "zod";
import type { ObjectiveSlot } from "../objectives/index.ts";
import type { Format } from "./format.ts";
import { RunState } from "./snapshot.ts";
import { Specification } from "./specification.ts";

/** `run.json`: all that decides a run, written before it starts. */
export interface RunRecord {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly specification: Specification;
  /** Where relative paths of the specification start. */
  readonly workingDirectory: string;
  readonly versions: Readonly<Record<string, string>>;
  /** SHA-256 of the source of a method that is not built in. */
  readonly methodHash: string | null;
  /** The same of objectives that are not built in, by slot. */
  readonly objectiveHashes?: Readonly<Partial<Record<ObjectiveSlot, string>>> | undefined;
  /** SHA-256 of the data files, once they have been read. */
  readonly dataHashes?: Readonly<Record<string, string>> | undefined;
  /** The sweep that it is of, and its place there. */
  readonly sweep?: { readonly id: string; readonly index: number } | undefined;
}

const Words = z.record(z.string(), z.string());
const Point = z.object({ dpo: z.number(), sft: z.number() });

export const RunRecord: z.ZodType<RunRecord> = z.object({
  id: z.string().min(1),
  created: z.string(),
  specification: Specification,
  workingDirectory: z.string(),
  versions: Words,
  methodHash: z.string().nullable(),
  objectiveHashes: z.object({ dpo: z.string().optional(), sft: z.string().optional() }).optional(),
  dataHashes: Words.optional(),
  sweep: z.object({ id: z.string(), index: z.number().int().nonnegative() }).optional(),
});

/** `summary.json`: where a run ended. */
export const Summary = z.object({
  state: RunState,
  /** Steps made. */
  steps: z.number().int(),
  /** Last evaluated losses. */
  losses: z.object({ dpo: z.number().optional(), sft: z.number().optional() }),
  ideal: Point.nullable(),
  gaps: Point.nullable(),
  idealDistance: z.number().nullable(),
  /** Evaluated losses before the first step. */
  start: Point.nullable().optional(),
  seconds: z.number(),
  tokens: z.number(),
  resources: z
    .object({
      peakMemory: z.number().nullable(),
      cpu: z.number().nullable(),
      memory: z.number().nullable(),
      gpu: z.number().nullable(),
      gpuMemory: z.number().nullable(),
    })
    .optional(),
});
export type Summary = z.output<typeof Summary>;

/** `cut.json`: how many events were ever cut off by resuming. */
export const Cut = z.object({ cut: z.number().int().nonnegative() });

/*
 * Versions of the files. To change one: raise its version, and add what turns the last version into the new one.
 * `events.jsonl` goes by the version of its `run.json`.
 */

/** Version 0 is without its number, and otherwise alike. */
export const runRecordFormat: Format<RunRecord> = {
  kind: "a run's record",
  version: 1,
  migrations: { 0: (old: object) => old },
  schema: RunRecord,
};

/** Version 0 is without its number, and otherwise alike. */
export const summaryFormat: Format<Summary> = {
  kind: "a run's summary",
  version: 1,
  migrations: { 0: (old: object) => old },
  schema: Summary,
};

/** Version 0 is the bare number. */
export const cutFormat: Format<z.output<typeof Cut>> = {
  kind: "a count of cut events",
  version: 1,
  migrations: { 0: (cut: number) => ({ cut }) },
  schema: Cut,
};
