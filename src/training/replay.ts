import type { Answer, Decision, Weights } from "../methods/method.ts";
import type { RunEvent } from "../runs/events.ts";
import { answer } from "./decisions.ts";
import { TrainingError } from "./error.ts";

/** An event that recorded a decision. */
export type Recorded = RunEvent & { type: "step" | "measured" | "stage" };

export function isRecorded(event: RunEvent): event is Recorded {
  return event.type === "step" || event.type === "measured" || event.type === "stage";
}

/** The decision that an event recorded. */
function recordedDecision(event: Recorded): Decision {
  if (event.type === "stage") return { kind: "stage", objective: event.objective };
  if (event.type === "measured")
    return { kind: event.inner ? "gradients" : "measure", objectives: Object.keys(event.losses) };
  const weights = event.weights ?? { [event.objective!]: 1 };
  return { kind: event.applied ? "apply" : "step", weights };
}

/** The answer that the decision got. */
export function recordedAnswer(event: Recorded): Answer {
  if (event.type === "stage") return answer({});
  const inner = event.type === "measured" ? (event.inner ?? []) : [];
  return { ...answer(event.losses), inner };
}

/**
 * Compares a replayed decision with the recorded one.
 * @throws TrainingError naming the step, where they differ
 */
export function checkReplayed(decision: Decision | null, event: Recorded, step: number): void {
  const recorded = describeDecision(recordedDecision(event));
  const now = decision === null ? "its end" : describeDecision(decision);
  if (now === recorded) return;
  throw new TrainingError(
    `step ${step}: resuming replays the method, and it now decides ${now} where ${recorded} was recorded; it must decide alike for the same seed, options and losses`,
  );
}

/** A decision as a method writes it, such as `step("dpo")`; numbers in full precision. */
function describeDecision(decision: Decision): string {
  switch (decision.kind) {
    case "step":
    case "apply": {
      const entries = Object.entries(decision.weights);
      const single = decision.kind === "step" && entries.length === 1 && entries[0]![1] === 1;
      return `${decision.kind}(${single ? JSON.stringify(entries[0]![0]) : weighted(decision.weights)})`;
    }
    case "stage":
      return `stage(${JSON.stringify(decision.objective)})`;
    default:
      return `${decision.kind}(${decision.objectives.map((name) => JSON.stringify(name)).join(", ")})`;
  }
}

function weighted(weights: Weights): string {
  const entries = Object.entries(weights).map(([name, weight]) => `${name}: ${weight}`);
  return `{ ${entries.join(", ")} }`;
}
