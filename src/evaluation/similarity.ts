/** A text as the counts of its tokens; their order is left out. */
export interface TokenCounts {
  readonly counts: ReadonlyMap<number, number>;
  /** Sum of the squared counts: the squared length of the vector. */
  readonly squares: number;
}

/** @param tokens token ids of a text */
export function tokenCounts(tokens: Iterable<number>): TokenCounts {
  const counts = new Map<number, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  let squares = 0;
  for (const count of counts.values()) squares += count * count;
  return { counts, squares };
}

/** Cosine of the angle between two texts' token counts: 1 for the same tokens equally often, 0 for none in common (or for an empty text). */
export function cosineSimilarity(a: TokenCounts, b: TokenCounts): number {
  return cosine(commonTokens(a, b), a.squares, b.squares);
}

/** The scalar product of two texts' counts, over the tokens that `among` admits; all of them where it is left out. */
export function commonTokens(
  a: TokenCounts,
  b: TokenCounts,
  among: (token: number) => boolean = () => true,
): number {
  let sum = 0;
  for (const [token, count] of a.counts) if (among(token)) sum += count * (b.counts.get(token) ?? 0);
  return sum;
}

export interface Neighbour {
  /** Into the candidates: the nearest one, the first of several that are equally near. */
  readonly index: number;
  /** Cosine similarity, 0 … 1. */
  readonly similarity: number;
  /** Candidates that are as near as this one, itself among them. */
  readonly equallyNear: number;
}

/**
 * The nearest candidate of each text by cosine similarity of token counts. Products and squared lengths are whole numbers, so that equal similarities
 * are equal to the last bit on every machine.
 *
 * Time: the sum over each text's tokens of how many candidates have that token.
 *
 * @throws RangeError where there are no candidates
 */
export function nearestNeighbours(
  texts: readonly TokenCounts[],
  candidates: readonly TokenCounts[],
): Neighbour[] {
  if (candidates.length === 0) throw new RangeError("nearest neighbours: there are no candidates");
  const occurrences = new Map<number, { readonly index: number[]; readonly count: number[] }>();
  candidates.forEach(({ counts }, index) => {
    for (const [token, count] of counts) {
      let own = occurrences.get(token);
      if (!own) occurrences.set(token, (own = { index: [], count: [] }));
      own.index.push(index);
      own.count.push(count);
    }
  });
  const products = new Float64Array(candidates.length);
  return texts.map(({ counts, squares }) => {
    products.fill(0);
    for (const [token, count] of counts) {
      const own = occurrences.get(token);
      if (own) for (let i = 0; i < own.index.length; i++) products[own.index[i]!]! += count * own.count[i]!;
    }
    let [best, bestIndex, equallyNear] = [-1, 0, 0];
    for (let i = 0; i < products.length; i++) {
      const similarity = cosine(products[i]!, squares, candidates[i]!.squares);
      if (similarity > best) [best, bestIndex, equallyNear] = [similarity, i, 0];
      if (similarity === best) equallyNear++;
    }
    return { index: bestIndex, similarity: best, equallyNear };
  });
}

function cosine(product: number, a: number, b: number): number {
  return product === 0 ? 0 : product / Math.sqrt(a * b);
}
