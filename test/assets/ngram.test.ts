import { describe, expect, test } from "vitest";
import { KneserNey } from "../../assets/scripts/ngram.ts";
import { Random } from "../../src/data/index.ts";

/** A text from a Markov chain: after token t comes t + 1 (three times in four) or any token. */
function chain(length: number, vocabulary: number, random: Random): Uint16Array {
  const tokens = new Uint16Array(length);
  for (let i = 1; i < length; i++)
    tokens[i] = random.next() < 0.75 ? (tokens[i - 1]! + 1) % vocabulary : random.integer(vocabulary);
  return tokens;
}

describe("the n-gram baseline", () => {
  const seed = 7;
  const vocabulary = 12;
  const model = new KneserNey(chain(20_000, vocabulary, new Random(seed)), { order: 3, vocabulary });

  test("is a distribution after any context: the probabilities of all tokens sum to 1", () => {
    for (const context of [[0], [3, 4], [11, 2], [5, 5, 5]]) {
      let sum = 0;
      for (let token = 0; token < vocabulary; token++) {
        const text = Uint16Array.of(...context, token);
        // The loss of a text is a mean: the last token's share is the difference to the text without it.
        const whole = model.loss(text) * (text.length - 1);
        const before = context.length === 1 ? 0 : model.loss(text.slice(0, -1)) * (text.length - 2);
        sum += Math.exp(before - whole);
      }
      expect(sum).toBeCloseTo(1, 10);
    }
  });

  test("comes near the entropy of the chain that made the text", () => {
    const p = 0.75 + 0.25 / vocabulary;
    const q = 0.25 / vocabulary;
    const entropy = -p * Math.log(p) - (vocabulary - 1) * q * Math.log(q);
    const loss = model.loss(chain(20_000, vocabulary, new Random(seed, "held out")));
    expect(loss).toBeGreaterThan(entropy - 0.03);
    expect(loss).toBeLessThan(entropy + 0.05);
  });
});
