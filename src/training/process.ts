/**
 * The trainer process: forked by a run's handle with one run to train. It answers between two steps, and when its
 * owner is gone it writes a checkpoint and ends.
 */

import { getPriority, setPriority } from "node:os";
import type { Decision, MethodContext } from "../methods/method.ts";
import { findMethod } from "../methods/registry.ts";
import { type ObjectiveSlot, objectiveOf, type RunObjectives } from "../objectives/index.ts";
import { RunDirectory } from "../runs/directory.ts";
import { RunStoreError } from "../runs/error.ts";
import type { RunEvent } from "../runs/events.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import type { Specification } from "../runs/specification.ts";
import { Control, OwnerGone } from "./control.ts";
import { TrainingError } from "./error.ts";
import type { FromTrainer, ToTrainer } from "./messages.ts";
import { RemoteObjectives } from "./remote-objective.ts";
import { type DecisionSource, localSource } from "./source.ts";
import { Trainer } from "./trainer.ts";

const control = new Control();
const remote = new RemoteObjectives(send);
let events: RunEvent[] | null = null;
let deciding: { resolve(decision: Decision | null): void; reject(error: Error): void } | null = null;

// A notebook answers while its model trains: of two that want the processor, the one that a person waits for goes first.
// Threads that onnxruntime starts later have the priority of this one.
try {
  setPriority(Math.max(5, getPriority()));
} catch {
  // Not allowed here; it trains all the same.
}

// Ctrl-C reaches the whole process group; what becomes of the run is its owner's decision.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => pause("the trainer process was asked to end (SIGTERM)"));
process.on("SIGHUP", () => pause("its terminal was closed (SIGHUP)"));
process.on("disconnect", () => {
  pause("the process that started it has ended");
  deciding?.reject(new OwnerGone("method"));
  remote.ownerGone();
});

process.on("message", (message: ToTrainer) => {
  switch (message.type) {
    case "start":
      start(message).catch((error: unknown) => {
        if (error instanceof RunStoreError) return end({ type: "refused", error: error.message }, 1);
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
      });
      break;
    case "events":
      events ??= [];
      break;
    case "pause":
      control.push({ kind: "pause", reason: message.reason, settle: settle(message.id) });
      break;
    case "stop":
      control.push({ kind: "stop", settle: settle(message.id) });
      break;
    case "steer":
      control.push({ kind: "steer", options: message.options, settle: settle(message.id) });
      break;
    case "decided":
      if (message.error === undefined) deciding?.resolve(message.decision);
      else deciding?.reject(new TrainingError(`the method failed: ${message.error}`));
      break;
    case "weighed":
      remote.hear(message);
      break;
  }
});

function pause(reason: string): void {
  control.push({ kind: "pause", reason, settle: () => {} });
}

function settle(id: number): (error?: string) => void {
  return (error) => send(error === undefined ? { type: "reply", id } : { type: "reply", id, error });
}

function send(message: FromTrainer): boolean {
  // An owner that is gone may still look connected: "disconnect" says it in a moment, and a failed send is no error of the run.
  if (process.connected) process.send!(message, () => {});
  return process.connected;
}

let snapshotInFlight = false;
let nextSnapshot: RunSnapshot | null = null;

/** Sends a snapshot once the last one has been taken in: an owner that is busy gets the newest, not a queue of them. */
function sendSnapshot(snapshot: RunSnapshot): void {
  if (!process.connected) return;
  if (snapshotInFlight) {
    nextSnapshot = snapshot;
    return;
  }
  snapshotInFlight = true;
  process.send!({ type: "snapshot", snapshot } satisfies FromTrainer, () => {
    snapshotInFlight = false;
    const next = nextSnapshot;
    nextSnapshot = null;
    if (next) sendSnapshot(next);
  });
}

function sendEvents(): void {
  if (events && events.length > 0) send({ type: "events", events: events.splice(0) });
}

async function start(message: ToTrainer & { type: "start" }): Promise<void> {
  if (message.events) events = [];
  const directory = new RunDirectory(message.directory);
  const { specification } = directory.readRecord();
  const method = message.method ?? findMethod(specification.method.name);
  const trainer = new Trainer({
    directory,
    resume: message.resume,
    control,
    listener: {
      event: (event) => {
        events?.push(event);
      },
      snapshot: (snapshot) => {
        sendEvents();
        sendSnapshot(snapshot);
      },
    },
    method,
    objectives: objectives(specification, message.objectives),
    source: (context) =>
      message.method
        ? remoteSource(context)
        : localSource(findMethod(method.name), specification.seed, context),
  });
  const { summary, error } = await trainer.run();
  sendEvents();
  if (nextSnapshot) send({ type: "snapshot", snapshot: nextSnapshot });
  nextSnapshot = null;
  const ended: FromTrainer =
    error === undefined ? { type: "ended", summary } : { type: "ended", summary, error };
  end(ended, error === undefined ? 0 : 1);
}

/** The last message, and the end of this process. @param code of its exit where nobody hears */
function end(message: FromTrainer & { type: "ended" | "refused" }, code: number): void {
  if (!process.connected) process.exit(code);
  process.send!(message, () => process.exit(0));
}

/** Built-in objectives are here, others where the run is held. */
function objectives(
  { objectives }: Specification,
  own: (ToTrainer & { type: "start" })["objectives"],
): RunObjectives {
  const inSlot = (slot: ObjectiveSlot) => {
    const of = own[slot];
    return of ? remote.objective(slot, of) : objectiveOf(slot, objectives[slot]);
  };
  return { dpo: inSlot("dpo"), sft: inSlot("sft") };
}

/** Asks the method that stayed in the process which holds the run. */
function remoteSource(context: MethodContext): DecisionSource {
  let first = true;
  return {
    next(answer, options) {
      send({ type: "decide", answer, options: { ...options }, ...(first ? { context } : {}) });
      first = false;
      return new Promise<Decision | null>((resolve, reject) => {
        deciding = { resolve, reject };
        if (!process.connected) reject(new OwnerGone("method"));
      });
    },
  };
}
