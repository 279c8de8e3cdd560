import { byteCharacters, wordPattern } from "./bytes.ts";
import { TextError } from "./error.ts";

/** A trained byte-level BPE: token texts (in byte characters) by id, and the merges in order. */
export interface BytePairs {
  /** id → text: special tokens first, then the 256 bytes, then one token a merge. */
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
  readonly specials: readonly string[];
}

/** Counts of the words of a text, as the pre-tokenizer cuts them; pass the same map again to add more texts. */
export function countWords(text: string, counts = new Map<string, number>()): Map<string, number> {
  for (const [word] of text.matchAll(wordPattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/**
 * Byte-pair encoding (Sennrich et al. 2016) over bytes: merges the most frequent pair of neighbours until the vocabulary
 * is full; ties go to the pair with the lower ids, so the result depends on the counts alone.
 *
 * @param vocabulary number of tokens, special ones included; fewer come back where no pair occurs twice
 */
export function trainBytePairs(
  counts: ReadonlyMap<string, number>,
  options: { vocabulary: number; specials: readonly string[] },
): BytePairs {
  const base = options.specials.length;
  const smallest = base + 256;
  if (options.vocabulary < smallest || options.vocabulary > 65536)
    throw new TextError(
      `vocabulary ${options.vocabulary}: expected ${smallest} (256 bytes and the special tokens) to 65536`,
    );
  const tokens = [...options.specials, ...byteCharacters];
  const merges: [string, string][] = [];

  const encoder = new TextEncoder();
  const words: number[][] = [];
  const frequency: number[] = [];
  for (const [word, count] of counts) {
    words.push(Array.from(encoder.encode(word), (byte) => byte + base));
    frequency.push(count);
  }

  // One number a pair: ids are below 2^16.
  const key = (left: number, right: number) => left * 65536 + right;
  const pairCount = new Map<number, number>();
  const pairWords = new Map<number, Set<number>>();
  const queue = new PairQueue();
  const add = (pair: number, amount: number, word: number) => {
    pairCount.set(pair, (pairCount.get(pair) ?? 0) + amount);
    let where = pairWords.get(pair);
    if (!where) pairWords.set(pair, (where = new Set()));
    where.add(word);
  };
  words.forEach((word, w) => {
    for (let i = 1; i < word.length; i++) add(key(word[i - 1]!, word[i]!), frequency[w]!, w);
  });
  for (const [pair, count] of pairCount) queue.push(count, pair);

  while (tokens.length < options.vocabulary) {
    const best = queue.pop();
    if (!best || best.count < 2) break;
    const current = pairCount.get(best.pair) ?? 0;
    if (current !== best.count) {
      // An outdated entry: put it back with what is left of it.
      if (current > 0) queue.push(current, best.pair);
      continue;
    }
    const left = Math.floor(best.pair / 65536);
    const right = best.pair % 65536;
    const merged = tokens.length;
    tokens.push(tokens[left]! + tokens[right]!);
    merges.push([tokens[left]!, tokens[right]!]);

    const grown = new Set<number>();
    for (const w of pairWords.get(best.pair)!) {
      const word = words[w]!;
      const count = frequency[w]!;
      const next: number[] = [];
      for (let i = 0; i < word.length; i++) {
        if (word[i] === left && word[i + 1] === right) {
          next.push(merged);
          i++;
        } else next.push(word[i]!);
      }
      if (next.length === word.length) continue;
      for (let i = 1; i < word.length; i++) {
        const pair = key(word[i - 1]!, word[i]!);
        pairCount.set(pair, pairCount.get(pair)! - count);
      }
      for (let i = 1; i < next.length; i++) {
        const pair = key(next[i - 1]!, next[i]!);
        add(pair, count, w);
        if (next[i - 1] === merged || next[i] === merged) grown.add(pair);
      }
      words[w] = next;
    }
    pairCount.delete(best.pair);
    pairWords.delete(best.pair);
    for (const pair of grown) queue.push(pairCount.get(pair)!, pair);
  }
  return { tokens, merges, specials: options.specials };
}

/** A binary heap: the largest count first, then the smallest pair. Counts may be outdated; the reader checks. */
class PairQueue {
  private readonly heap: { count: number; pair: number }[] = [];

  push(count: number, pair: number): void {
    const heap = this.heap;
    let at = heap.push({ count, pair }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(at, parent)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): { count: number; pair: number } | undefined {
    const heap = this.heap;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length > 0 && last) {
      heap[0] = last;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && this.before(child + 1, child)) child++;
        if (!this.before(child, at)) break;
        this.swap(at, child);
        at = child;
      }
    }
    return top;
  }

  private before(a: number, b: number): boolean {
    const x = this.heap[a]!;
    const y = this.heap[b]!;
    return x.count > y.count || (x.count === y.count && x.pair < y.pair);
  }

  private swap(a: number, b: number): void {
    const kept = this.heap[a]!;
    this.heap[a] = this.heap[b]!;
    this.heap[b] = kept;
  }
}
