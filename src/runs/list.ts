import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { RunDirectory } from "./directory.ts";
import { readIntactEvents } from "./event-log.ts";
import type { RunSnapshot, RunState } from "./snapshot.ts";
import { defaultName, SnapshotBuilder } from "./snapshot-builder.ts";

/** One run in a table. */
export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly method: string;
  readonly lambda: number | null;
  readonly model: string;
  readonly state: RunState;
  readonly step: number;
  readonly steps: number;
  /** Last evaluated losses. */
  readonly dpo: number | null;
  readonly sft: number | null;
  readonly idealDistance: number | null;
  readonly seconds: number;
  readonly tokens: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly directory: string;
}

/** The snapshot of a run from its directory. */
export function readSnapshot(directory: RunDirectory | string): RunSnapshot {
  return readRun(typeof directory === "string" ? new RunDirectory(directory) : directory).snapshot();
}

function readRun(directory: RunDirectory): SnapshotBuilder {
  const builder = new SnapshotBuilder(directory.readRecord(), directory.readCut());
  const { events, lines, broken } = readIntactEvents(directory.events);
  for (const event of events) builder.add(event);
  if (broken !== null) {
    const ended = directory.readSummary()?.state;
    builder.damaged(`${directory.events}:${broken}`, lines - events.length, ended);
  }
  if (directory.liveOwner() === null) builder.abandoned();
  return builder;
}

/**
 * The runs below a directory, the newest last. What is no run is passed over; a run that can't be read is an error that
 * names its file.
 * @param options.runs default `runs`
 */
export function listRuns({ runs = "runs" }: { runs?: string } = {}): RunRow[] {
  const place = resolve(runs);
  if (!existsSync(place)) return [];
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(place, entry.name, "run.json")))
    .map((entry) => runRow(new RunDirectory(join(place, entry.name))))
    .sort((a, b) => a.created.localeCompare(b.created) || a.id.localeCompare(b.id));
}

function runRow(directory: RunDirectory): RunRow {
  const { id, created, specification } = directory.readRecord();
  const lambda = specification.method.lambda;
  const identity = {
    id,
    name: specification.name ?? defaultName(specification),
    method: specification.method.name,
    lambda: typeof lambda === "number" ? lambda : null,
    model: specification.model,
  };
  const place = { created, directory: directory.path };
  const summary = directory.readSummary();
  if (summary) {
    const { state, steps, losses, idealDistance, seconds, tokens } = summary;
    const { dpo = null, sft = null } = losses;
    const length = specification.steps ?? steps;
    return {
      ...identity,
      state,
      step: steps,
      steps: length,
      dpo,
      sft,
      idealDistance,
      seconds,
      tokens,
      ...place,
    };
  }
  const run = readRun(directory);
  const { dpo = null, sft = null } = run.losses;
  const ideal = run.ideal;
  const idealDistance =
    ideal && dpo !== null && sft !== null ? Math.hypot(dpo - ideal.dpo, sft - ideal.sft) : null;
  const { state, step, steps, seconds, tokens } = run;
  return { ...identity, state, step, steps, dpo, sft, idealDistance, seconds, tokens, ...place };
}
