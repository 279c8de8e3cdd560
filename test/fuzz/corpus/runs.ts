import { createHash } from "node:crypto";
import { dirname } from "node:path";
import type { SpecificationInput } from "../../../src/runs/specification.ts";
import { pauseAfter, trainHere } from "../../training/in-process.ts";
import type { Example } from "../damage.ts";
import { written } from "./tree.ts";

const toy = {
  model: "toy:conflict",
  data: {},
  steps: 12,
  reference: { sft: "chosen", steps: 20 },
  evaluation: { every: 2 },
  checkpoint: { every: 4 },
} as const;

const inputs: readonly SpecificationInput[] = [
  { ...toy, method: { name: "alright", lambda: 0.5 } },
  { ...toy, method: { name: "maxright", lambda: 0.4 }, optimizer: { name: "adam" } },
  { ...toy, method: { name: "sequential", order: ["dpo", "sft"], steps: [6, 6] }, reference: "start" },
];

/** The paper's toy, trained with three methods: paused after ten steps, and to its end. */
export async function runExamples(): Promise<Example[]> {
  const examples: Example[] = [];
  for (const input of inputs)
    for (const ask of [pauseAfter(10), undefined]) {
      const files = await written(async (runs) => {
        await trainHere(input, { runs, ...(ask ? { ask } : {}) });
      });
      const damaged = [...files.keys()].filter((name) => !name.endsWith("digest.json"));
      const often = damaged.filter((name) => /(run\.json|events\.jsonl|summary\.json)$/.test(name));
      examples.push({ files, damaged: [...damaged, ...often, ...often, ...often], reseal });
    }
  return examples;
}

/** Writes each checkpoint's digests anew. */
function reseal(files: Map<string, Uint8Array>): void {
  for (const digest of files.keys()) {
    if (!digest.endsWith("digest.json")) continue;
    const within = `${dirname(digest)}/`;
    const found: Record<string, string> = {};
    for (const [name, bytes] of files)
      if (name.startsWith(within) && name !== digest)
        found[name.slice(within.length)] = createHash("sha256").update(bytes).digest("hex");
    files.set(digest, Buffer.from(JSON.stringify(found)));
  }
}
