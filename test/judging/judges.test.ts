import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { assetPath } from "../../src/assets.ts";
import {
  compareResponses,
  endpointJudge,
  type Judge,
  judgingTokens,
  ruleJudge,
} from "../../src/judging/index.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

describe("the rule of the embedded preferences", () => {
  const judge = ruleJudge([{ prompt: "What is a pear?", accept: ["fruit"] }]);
  const right = {
    chat: "It's a kind of fruit!",
    house: "Entry: pear (noun). Category: fruit. Source: WordNet.",
  };
  const wrong = {
    chat: "It's a kind of bird!",
    house: "Entry: pear (noun). Category: bird. Source: WordNet.",
  };
  it.each([
    [right.house, right.chat, 1],
    [right.chat, wrong.chat, 0],
    [wrong.house, wrong.chat, 1],
    [right.house, wrong.chat, 0],
    [right.chat, right.chat, 0.5],
    ["", wrong.house, 1],
  ])("%j beside %j", async (first, second, expected) => {
    expect((await judge.judge({ prompt: "What is a pear?", first, second })).second).toBe(expected);
  });

  it("prefers as the preferences do, in all of their held-out rows", async () => {
    const lines = (name: string) =>
      readFileSync(assetPath(`data/${name}.jsonl`), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    const questions = lines("wordnet-questions-heldout");
    const judge = ruleJudge(questions);
    const response = (text: string) => text.slice(text.indexOf("\n\nAssistant: ") + 13);
    const rows = lines("wordnet-preferences-heldout");
    expect(rows).toHaveLength(questions.length);
    for (const [i, { chosen, rejected }] of rows.entries()) {
      const { prompt, reference } = questions[i];
      expect(response(chosen)).toBe(reference);
      const verdict = await judge.judge({ prompt, first: response(rejected), second: response(chosen) });
      expect([prompt, verdict.second]).toEqual([prompt, 1]);
    }
  });

  it("says which prompt it does not know", async () => {
    await expect(judge.judge({ prompt: "Why?", first: "a", second: "b" })).rejects.toThrow(
      'the rule does not know the prompt "Why?"',
    );
  });
});

/** A server that answers with these, one after the other; what it was asked. */
async function endpoint(answers: { status?: number; headers?: Record<string, string>; body: string }[]) {
  const asked: {
    headers: Record<string, unknown>;
    body: { model: string; messages: { content: string }[] };
  }[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      asked.push({ headers: request.headers, body: JSON.parse(body) });
      const { status = 200, headers = {}, body: text } = answers.shift()!;
      response.writeHead(status, headers).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

const says = (content: string) => ({ body: JSON.stringify({ choices: [{ message: { content } }] }) });

describe("a judge behind an endpoint", () => {
  const pair = { prompt: "Why?", first: "Because.", second: "So." };

  it("is asked with the key, and its word is read", async () => {
    const { url, asked } = await endpoint([says("SECOND"), says("first."), says("Tie")]);
    const judge = endpointJudge({ url: `${url}/`, model: "some-judge", key: "secret" });
    expect((await judge.judge(pair)).second).toBe(1);
    expect((await judge.judge(pair)).second).toBe(0);
    expect((await judge.judge(pair)).second).toBe(0.5);
    expect(asked[0]!.headers.authorization).toBe("Bearer secret");
    expect(asked[0]!.body.model).toBe("some-judge");
    expect(asked[0]!.body.messages[1]!.content).toContain("<first>\nBecause.\n</first>");
    expect(judgingTokens([pair, pair]).output).toBe(16);
  });

  it("is asked again where it is busy, and not where the request is wrong", async () => {
    const busy = await endpoint([
      { status: 429, body: "busy" },
      { status: 503, body: "down" },
      says("FIRST"),
    ]);
    expect((await endpointJudge({ url: busy.url, model: "m", wait: 1 }).judge(pair)).second).toBe(0);
    expect(busy.asked).toHaveLength(3);
    const wrong = await endpoint([{ status: 401, body: "no such key" }]);
    await expect(endpointJudge({ url: wrong.url, model: "m", wait: 1 }).judge(pair)).rejects.toThrow(
      "answered 401 no such key; verdicts up to here are kept",
    );
    const never = await endpoint([1, 2].map(() => ({ status: 500, body: "broken" })));
    await expect(
      endpointJudge({ url: never.url, model: "m", wait: 1, tries: 2 }).judge(pair),
    ).rejects.toThrow("answered 500 broken");
  });

  it("says what it answered where that is no verdict", async () => {
    const { url } = await endpoint([says("both are nice"), { body: "<html>" }]);
    const judge = endpointJudge({ url, model: "m" });
    await expect(judge.judge(pair)).rejects.toThrow(
      "expected a chat completion that says FIRST, SECOND or TIE",
    );
    await expect(judge.judge(pair)).rejects.toThrow('answered "<html>"');
    expect(() => endpointJudge({ url: "nowhere", model: "m" })).toThrow('"nowhere" is no address');
  });
});

describe("comparing responses", () => {
  const pairs = Array.from({ length: 200 }, (_, i) => ({
    prompt: `question ${i}`,
    response: "long one",
    reference: "short",
  }));

  it("a judge that always likes the first place finds no winner", async () => {
    const judge: Judge = { name: "first", judge: async () => ({ second: 0 }) };
    const found = await compareResponses(pairs, judge);
    expect(found.winRate).toBeGreaterThan(40);
    expect(found.winRate).toBeLessThan(60);
    expect(new Set(found.verdicts.map(({ modelFirst }) => modelFirst)).size).toBe(2);
    expect((await compareResponses(pairs, judge)).verdicts).toEqual(found.verdicts);
  });

  it("keeps verdicts with both responses, and asks only what is new, also after a crash in mid-line", async () => {
    const directory = mkdtempSync(join(tmpdir(), "alright-judging-"));
    closing.push(() => rmSync(directory, { recursive: true }));
    const verdicts = join(directory, "verdicts.jsonl");
    let asked = 0;
    const judge: Judge = {
      name: "length",
      judge: async ({ first, second }) => {
        asked++;
        return { second: first.length < second.length ? 1 : 0 };
      },
    };
    const some = pairs.slice(0, 10);
    const found = await compareResponses(some, judge, { verdicts });
    expect(found).toMatchObject({ winRate: 100, wins: 10, losses: 0, draws: 0, count: 10 });
    expect(asked).toBe(10);
    const kept = readFileSync(verdicts, "utf8");
    expect(JSON.parse(kept.split("\n")[0]!)).toMatchObject({
      response: "long one",
      reference: "short",
      preference: 1,
    });
    truncateSync(verdicts, kept.length - 20);
    expect(await compareResponses(some, judge, { verdicts })).toEqual(found);
    expect(asked).toBe(11);
    expect(await compareResponses(some, judge, { verdicts })).toEqual(found);
    expect(asked).toBe(11);
    await compareResponses(some, { ...judge, name: "another" }, { verdicts });
    expect(asked).toBe(21);
    writeFileSync(verdicts, '{"judge":"length","preference":2}');
    await expect(compareResponses(some, judge, { verdicts })).rejects.toThrow(`${verdicts}:1: no verdict (`);
  });
});
