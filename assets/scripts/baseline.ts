/** Trains the 5-gram baseline on the training tokens and prints its held-out loss. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KneserNey } from "./ngram.ts";
import { modelDirectory, vocabulary, workFolder } from "./pythia-tiny.ts";
import { corpusTokens } from "./tokens.ts";

const began = performance.now();
const { training, heldOut } = await corpusTokens(modelDirectory, workFolder);
const model = new KneserNey(training, { order: 5, vocabulary });
const result = {
  order: 5,
  loss: model.loss(heldOut),
  trainingTokens: training.length,
  heldOutTokens: heldOut.length - 1,
  seconds: Math.round((performance.now() - began) / 100) / 10,
};
await writeFile(join(modelDirectory, "baseline.json"), `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify(result));
