import type { RunSnapshot } from "../../src/runs/snapshot.ts";

const magics = new Set(["sft", "dpo", "sequential", "mix", "alright", "maxright"]);

/** A cell that trains a run's trade-off again: its method at its λ, with the notebook's own model and data. */
export function trainingCell({ name, method, lambda, steps }: RunSnapshot): string {
  const options = [
    ...(lambda === null ? [] : [`λ=${lambda}`]),
    ...(method === "sequential" ? orderIn(name) : []),
    ...(steps > 0 && method !== "sequential" ? [`steps=${steps}`] : []),
  ];
  const magic = magics.has(method) ? `%${method}` : `%run ${method}`;
  return `const run = ${[magic, ...options].join(" ")}`;
}

/** A cell that loads what a run has trained, to write with. */
export function loadingCell({ runId }: RunSnapshot): string {
  return `const model = %load ${runId}`;
}

/** Sequential's order stands in its usual name only: `Sequential DPO → SFT`. */
function orderIn(name: string): string[] {
  const order = /\b(DPO|SFT) → (DPO|SFT)\b/.exec(name);
  return order ? [`order=${order[1]!.toLowerCase()},${order[2]!.toLowerCase()}`] : [];
}
