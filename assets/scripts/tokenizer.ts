/** Makes the tokenizer of `pythia-tiny`: a byte-level BPE on the training part of the corpus. */
import { countWords, trainBytePairs, writeTokenizer } from "../../src/text/index.ts";
import { readCorpus } from "./corpus.ts";
import { contextLength, endToken, modelDirectory, vocabulary } from "./pythia-tiny.ts";

const began = performance.now();
const { training, characters } = await readCorpus();
const counts = new Map<string, number>();
for (const text of training) countWords(text, counts);
const pairs = trainBytePairs(counts, { vocabulary, specials: [endToken] });
await writeTokenizer(modelDirectory, pairs, { eosText: endToken, maxLength: contextLength });
console.log(
  `${modelDirectory}: ${pairs.tokens.length} tokens from ${counts.size} words of ${JSON.stringify(characters)} characters, ${((performance.now() - began) / 1000).toFixed(1)} s`,
);
