import { describe, expect, it } from "vitest";
import { TextStream } from "../../src/generation/text-stream.ts";

const encoder = new TextEncoder();

/** Tokens are single bytes, or pieces of text: as a byte-level tokenizer has both. */
function tokenizer(pieces: readonly string[] = []) {
  const bytes = (id: number) => (id < 256 ? [id] : [...encoder.encode(pieces[id - 256])]);
  return {
    decode: (ids: ArrayLike<number>) =>
      new TextDecoder().decode(Uint8Array.from(Array.from(ids, bytes).flat())),
  };
}

/** What each token shows, and what the end does. */
function shown(tokens: Iterable<number>, stops: readonly string[] = [], pieces: readonly string[] = []) {
  const stream = new TextStream(tokenizer(pieces), stops);
  const texts: string[] = [];
  for (const token of tokens) {
    if (stream.stopped) break;
    texts.push(stream.push(token));
  }
  return { texts: [...texts, stream.finish()], stopped: stream.stopped };
}

describe("characters", () => {
  it("appear when their bytes are complete", () => {
    const { texts } = shown(encoder.encode("aé€😀z"));
    expect(texts).toEqual(["a", "", "é", "", "", "€", "", "", "", "😀", "z", ""]);
  });

  it("that never become whole appear as such, at the end or once others follow", () => {
    expect(shown([0x61, 0xf0, 0x9f]).texts).toEqual(["a", "", "", "\ufffd"]);
    expect(shown([0x61, 0xf0, 0x62]).texts).toEqual(["a", "", "\ufffdb", ""]);
  });

  it("are not lost where a tokenizer drops the space at the start of a text", () => {
    const words = ["▁a", "▁b", "c", "▁d"];
    const decode = (ids: ArrayLike<number>) =>
      Array.from(ids, (id) => words[id]!)
        .join("")
        .replaceAll("▁", " ")
        .replace(/^ /, "");
    const stream = new TextStream({ decode }, []);
    const texts = [0, 1, 2, 3].map((id) => stream.push(id));
    expect([...texts, stream.finish()]).toEqual(["a", " b", "c", " d", ""]);
  });
});

describe("a stop string", () => {
  const text = (words: string, stops: readonly string[]) => shown(encoder.encode(words), stops);

  it("cuts the text exactly before it, however tokens cut it", () => {
    for (const pieces of [["a\n", "\nUser", ": b"], ["a", "\n\n", "User: b"], ["a\n\nUser: b"]]) {
      const { texts, stopped } = shown(
        pieces.map((_, i) => 256 + i),
        ["\n\nUser:"],
        pieces,
      );
      expect([texts.join(""), stopped], JSON.stringify(pieces)).toEqual(["a", true]);
    }
  });

  it("is held back while it may come, and shown when it does not", () => {
    const { texts, stopped } = text("xabaabac", ["abac"]);
    // "aba" may begin it; "abaa" does not, but its last "a" may; then it comes.
    expect(texts).toEqual(["x", "", "", "", "aba", "", "", "", ""]);
    expect(stopped).toBe(true);
    expect(text("xab", ["abc"])).toEqual({ texts: ["x", "", "", "ab"], stopped: false });
  });

  it("is the first of several to come, and the longer start is held", () => {
    expect(text("one STOP two END", ["END", "STOP"]).texts.join("")).toBe("one ");
    expect(text("aXYb", ["XYZ", "Y"]).texts.join("")).toBe("aX");
  });

  it("may have characters of several bytes", () => {
    expect(text("a€😀b", ["😀"]).texts.join("")).toBe("a€");
  });

  it("may not be empty", () => {
    expect(() => new TextStream(tokenizer(), [""])).toThrow("every text would end at once");
  });
});
