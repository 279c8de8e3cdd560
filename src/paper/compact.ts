import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RunDirectory } from "../runs/directory.ts";
import { encodeEvent, readEvents } from "../runs/event-log.ts";
import type { RunEvent, StepEvent } from "../runs/events.ts";
import { PaperError } from "./error.ts";
import type { MadeRun } from "./rerun.ts";

/** In a compact run: a letter for each step, `d` or `s` for the objective that it was on, `b` for both. */
export const choicesFile = "choices.txt";

/**
 * Copies what figures need of a finished run: its record, its summary, its evaluated points and stages, and which objective
 * each step was on. Of the step events the last one before each evaluation stays; weights and paths of this machine do not.
 *
 * @param name of the copy, which is its run's id
 */
export function compactRun(from: string, into: string, name: string): void {
  const run = new RunDirectory(from);
  const summary = run.readSummary();
  if (summary?.state !== "finished") throw new PaperError(`${from}: the run is not finished`);
  const events = readEvents(run.events);
  const place = join(into, name);
  const copy = new RunDirectory(`${place}.partial`);
  rmSync(copy.path, { recursive: true, force: true });
  mkdirSync(copy.path, { recursive: true });
  copy.writeRecord({ ...run.readRecord(), id: name, workingDirectory: "." });
  copy.writeSummary(summary);
  writeFileSync(copy.events, thinned(events).map(encodeEvent).join(""));
  writeFileSync(join(copy.path, choicesFile), `${events.flatMap(choice).join("")}\n`);
  rmSync(place, { recursive: true, force: true });
  renameSync(copy.path, place);
}

/** A compact run's record, summary and choices. @throws PaperError where it has no summary */
export function readCompact(place: string): MadeRun {
  const directory = new RunDirectory(place);
  const summary = directory.readSummary();
  if (!summary) throw new PaperError(`${place}: no summary.json; the run is not finished`);
  const choices = readFileSync(join(place, choicesFile), "utf8").trim();
  return { record: directory.readRecord(), summary, choices };
}

const kept: ReadonlySet<RunEvent["type"]> = new Set(["started", "stage", "evaluated", "finished"]);

function thinned(events: readonly RunEvent[]): RunEvent[] {
  const evaluated = new Set(events.flatMap(({ type, step }) => (type === "evaluated" ? [step] : [])));
  return events.filter(({ type, step }) => kept.has(type) || (type === "step" && evaluated.has(step)));
}

function choice(event: RunEvent): string[] {
  if (event.type !== "step") return [];
  const { objective } = event as StepEvent;
  return [objective === undefined ? "b" : objective === "dpo" ? "d" : "s"];
}
