import type { RunDirectory, RunRecord } from "./directory.ts";
import { readIntactEvents } from "./event-log.ts";
import { SnapshotBuilder } from "./snapshot-builder.ts";

/** A run as its events tell it, as far as they can be read; damage is said in its state. */
export function readRun(
  directory: RunDirectory,
  record: RunRecord = directory.readRecord(),
  cut: number = directory.readCut(),
): SnapshotBuilder {
  const builder = new SnapshotBuilder(record, cut);
  const { events, lines, broken } = readIntactEvents(directory.events);
  for (const event of events) builder.add(event);
  if (broken !== null) {
    const ended = directory.readSummary()?.state;
    builder.damaged(`${directory.events}:${broken}`, lines - events.length, ended);
  }
  return builder;
}
