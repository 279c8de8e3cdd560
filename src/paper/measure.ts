import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveModel, saveModel } from "../checkpoints/index.ts";
import { initialise, modelOf } from "../models/index.ts";
import { readEvents } from "../runs/event-log.ts";
import { train } from "../training/train.ts";
import { stepOperations } from "./cost.ts";

/** Two layers as wide as a small real model's: matrix products large enough to run at this machine's full speed. */
const measured = {
  model_type: "gpt_neox",
  hidden_size: 1024,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  intermediate_size: 4096,
  vocab_size: 4096,
  max_position_embeddings: 512,
  rotary_pct: 0.25,
};
const steps = 6;
const lora = { rank: 32, alpha: 32, targets: ["query_key_value"], dropout: 0, rslora: false };

/** How fast this machine trains. */
export interface MeasuredStep {
  /** Floating-point operations a second. */
  readonly rate: number;
  readonly tokens: number;
  readonly seconds: number;
}

/**
 * Measures training steps of a model with random weights and takes their rate: what a step of another model takes follows from its operations. Takes some seconds.
 *
 * @param threads null: all cores
 */
export async function measureStep(threads: number | null = null): Promise<MeasuredStep> {
  const folder = mkdtempSync(join(tmpdir(), "alright-measure-"));
  try {
    const directory = join(folder, "model");
    await saveModel(directory, initialise(measured, 1), { tokenizerFrom: await resolveModel("pythia-tiny") });
    const run = train(
      {
        model: directory,
        // Preferences would have their reference computed first.
        data: { sft: "wordnet-sft" },
        method: { name: "sft" },
        steps,
        lora,
        ideal: null,
        evaluation: { every: steps, fraction: 0 },
        checkpoint: { every: steps },
        threads,
      },
      { runs: join(folder, "runs") },
    );
    await run.done;
    // The first steps also create sessions.
    const taken = readEvents(join(run.directory, "events.jsonl")).flatMap((event) =>
      event.type === "step" && event.step > 2 ? [event] : [],
    );
    const tokens = taken.reduce((sum, event) => sum + event.tokens, 0);
    const seconds = taken.reduce((sum, event) => sum + event.seconds, 0);
    const operations = tokens * stepOperations(modelOf(measured), lora, "whole");
    return { rate: operations / seconds, tokens, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
