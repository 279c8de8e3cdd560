import * as llamaTiny from "./llama-tiny.ts";
import * as pythiaTiny from "./pythia-tiny.ts";

/** What the scripts need to know of an embedded model; both share the tokenizer that `pythia-tiny` is shipped with. */
export function embedded(name: string) {
  const known = { "pythia-tiny": pythiaTiny, "llama-tiny": llamaTiny };
  const found = known[name as keyof typeof known];
  if (!found) throw new Error(`--model ${name}: there are ${Object.keys(known).join(", ")}`);
  const { config, modelDirectory: directory, workFolder } = found;
  return { config, directory, workFolder, tokenizerFrom: pythiaTiny.modelDirectory };
}
