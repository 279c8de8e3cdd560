/**
 * The baseline that the embedded model has to beat: an interpolated n-gram with modified Kneser-Ney smoothing
 * (Chen and Goodman 1999), on the same tokens.
 */

/** Occurrences by n-gram, the n-gram's token ids as the key. */
type Counts = Map<string, number>;

interface Order {
  /** Of each n-gram: occurrences at the highest order, else the number of different tokens before it. */
  readonly counts: Counts;
  /** Of each context: the counts' sum, and how many n-grams have a count of 1, of 2, of 3 or more. */
  readonly contexts: Map<string, [number, number, number, number]>;
  readonly discounts: readonly [number, number, number];
}

export class KneserNey {
  readonly order: number;
  private readonly vocabulary: number;
  private readonly orders: Order[] = [];

  constructor(tokens: Uint16Array, options: { order: number; vocabulary: number }) {
    this.order = options.order;
    this.vocabulary = options.vocabulary;
    const text = characters(tokens);
    let counts: Counts = new Map();
    for (let end = this.order; end <= text.length; end++) increase(counts, text.slice(end - this.order, end));
    for (let n = this.order; n >= 1; n--) {
      this.orders[n] = summarise(counts);
      const lower: Counts = new Map();
      if (n > 1) for (const gram of counts.keys()) increase(lower, gram.slice(1));
      counts = lower;
    }
  }

  /** Mean negative log-probability of every token but the first, in nats, each given up to `order` − 1 tokens before it. */
  loss(tokens: Uint16Array): number {
    const text = characters(tokens);
    let sum = 0;
    for (let at = 1; at < text.length; at++)
      sum -= Math.log(this.probability(text.slice(Math.max(0, at - this.order + 1), at), text[at]!));
    return sum / (text.length - 1);
  }

  private probability(context: string, token: string): number {
    let p = 1 / this.vocabulary;
    for (let n = 1; n <= context.length + 1; n++) {
      const order = this.orders[n]!;
      const before = context.slice(context.length - n + 1);
      const seen = order.contexts.get(before);
      if (!seen) break;
      const [total, one, two, more] = seen;
      const count = order.counts.get(before + token) ?? 0;
      const [d1, d2, d3] = order.discounts;
      const discounted = count === 0 ? 0 : count - (count === 1 ? d1 : count === 2 ? d2 : d3);
      p = discounted / total + ((d1 * one + d2 * two + d3 * more) / total) * p;
    }
    return p;
  }
}

/** One character a token: strings are the fastest keys of sequences there are here. */
function characters(tokens: Uint16Array): string {
  let text = "";
  for (let at = 0; at < tokens.length; at += 8192)
    text += String.fromCharCode(...tokens.subarray(at, at + 8192));
  return text;
}

function increase(counts: Counts, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function summarise(counts: Counts): Order {
  const contexts: Order["contexts"] = new Map();
  const having = [0, 0, 0, 0, 0];
  for (const [gram, count] of counts) {
    if (count < 5) having[count]!++;
    const context = gram.slice(0, -1);
    let entry = contexts.get(context);
    if (!entry) contexts.set(context, (entry = [0, 0, 0, 0]));
    entry[0] += count;
    entry[Math.min(count, 3)]!++;
  }
  // Chen and Goodman 1999, eq. (26): the discounts that the counts of counts suggest.
  const [, n1 = 0, n2 = 0, n3 = 0, n4 = 0] = having;
  const y = n1 / (n1 + 2 * n2);
  const bounded = (discount: number, largest: number) =>
    Number.isFinite(discount) ? Math.min(Math.max(discount, 0), largest) : 0.75;
  const discounts = [
    bounded(1 - 2 * y * (n2 / n1), 1),
    bounded(2 - 3 * y * (n3 / n2), 2),
    bounded(3 - 4 * y * (n4 / n3), 3),
  ] as const;
  return { counts, contexts, discounts };
}
