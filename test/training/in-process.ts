import { join } from "node:path";
import type { Method } from "../../src/methods/method.ts";
import { findMethod } from "../../src/methods/registry.ts";
import { type ObjectiveDefinition, objectivesOf } from "../../src/objectives/index.ts";
import { createRunDirectory, type RunDirectory } from "../../src/runs/directory.ts";
import { readEvents } from "../../src/runs/event-log.ts";
import type { RunEvent } from "../../src/runs/events.ts";
import { parseSpecification } from "../../src/runs/parse-specification.ts";
import type { RunSnapshot } from "../../src/runs/snapshot.ts";
import type { SpecificationInput } from "../../src/runs/specification.ts";
import { Control, type ControlRequest } from "../../src/training/control.ts";
import { localSource } from "../../src/training/source.ts";
import { Trainer } from "../../src/training/trainer.ts";

/** What is asked once an event has been written, between that step and the next: exact to the step. */
export type Asking = (event: RunEvent) => Omit<ControlRequest, "settle"> | null;

export interface TrainedHere {
  readonly directory: RunDirectory;
  readonly snapshots: RunSnapshot[];
  readonly ended: Awaited<ReturnType<Trainer["run"]>>;
  /** Errors that requests were answered with. */
  readonly refused: string[];
}

/** Runs a trainer in this process. */
export async function trainHere(
  input: SpecificationInput,
  options: { runs: string; ask?: Asking; method?: Method; objectives?: readonly ObjectiveDefinition[] },
): Promise<TrainedHere> {
  const methods = options.method ? [options.method] : [];
  const specification = parseSpecification(input, "test", { methods, objectives: options.objectives ?? [] });
  const { directory } = createRunDirectory(options.runs, {
    specification,
    workingDirectory: process.cwd(),
    versions: {},
    methodHash: null,
  });
  return continueHere(directory, { ...options, resume: false });
}

/** Goes on with a run in this process. */
export async function continueHere(
  directory: RunDirectory,
  {
    ask = () => null,
    method,
    objectives = [],
    resume = true,
  }: {
    ask?: Asking;
    method?: Method;
    objectives?: readonly ObjectiveDefinition[];
    resume?: boolean;
  } = {},
): Promise<TrainedHere> {
  const { specification } = directory.readRecord();
  const used = method ?? findMethod(specification.method.name);
  const control = new Control();
  const snapshots: RunSnapshot[] = [];
  const refused: string[] = [];
  const trainer = new Trainer({
    directory,
    resume,
    control,
    listener: {
      event(event) {
        const request = ask(event);
        if (request) control.push({ ...request, settle: (error) => error && refused.push(error) });
      },
      snapshot: (snapshot) => snapshots.push(snapshot),
    },
    method: used,
    objectives: objectivesOf(specification.objectives, objectives),
    source: (context) => localSource(used, specification.seed, context),
  });
  return { directory, snapshots, ended: await trainer.run(), refused };
}

/** Pauses after a step. */
export function pauseAfter(step: number): Asking {
  return (event) => (event.type === "step" && event.step === step ? { kind: "pause", reason: "test" } : null);
}

/** A run's events. */
export function eventsOf({ path }: Pick<RunDirectory, "path">): RunEvent[] {
  return readEvents(join(path, "events.jsonl"));
}

/** Events of what was computed, without times and memory. */
export function computed(directory: Pick<RunDirectory, "path">): string[] {
  const kinds: RunEvent["type"][] = ["step", "measured", "stage", "evaluated"];
  return eventsOf(directory)
    .filter(({ type }) => kinds.includes(type))
    .map((event) =>
      JSON.stringify(event, (key, value) =>
        ["time", "seconds", "peakMemory", "usage"].includes(key) ? undefined : value,
      ),
    );
}
