import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  HubError,
  type HubOptions,
  type HubProgress,
  type HubSettings,
  resolveHubData,
  resolveHubModel,
} from "../../src/hub/index.ts";
import { FakeHub, gitHash, refuse, sendFile, sha256 } from "./fake-hub.ts";

let hub: FakeHub;
let cache: string;
beforeEach(async () => {
  hub = await FakeHub.start();
  cache = mkdtempSync(join(tmpdir(), "alright-hub-"));
});
afterEach(async () => {
  await hub.stop();
  rmSync(cache, { recursive: true, force: true });
});

/** Bytes that are not alike anywhere, so that a part out of its place is seen. */
const weights = Buffer.from(Uint32Array.from({ length: 100_000 }, (_, i) => Math.imul(i, 2654435761)).buffer);
const config = '{"model_type":"gpt_neox"}\n';
const model = {
  "README.md": "a model",
  "config.json": config,
  "tokenizer.json": "{}",
  "model.safetensors": weights,
  "pytorch_model.bin": "not wanted",
  "onnx/model.onnx": "not wanted",
};
const quick = { tries: 5, pause: 1 };

function get(more: Partial<HubSettings> = {}, options: HubOptions = {}, name = "hub:test/tiny") {
  return resolveHubModel(name, { settings: hub.settings(cache, more), patience: quick, ...options });
}

const incomplete = () => join(cache, "models--test--tiny", "blobs", `${sha256(weights)}.incomplete`);
const isWeights = (path: string) => path.endsWith("/model.safetensors");
const fromCdn = () => hub.seen.filter(({ at }) => at === "cdn");

describe("a model of the hub", () => {
  test("comes into the cache as huggingface_hub lays it out: what is needed of it alone", async () => {
    const commit = hub.add("model", "test/tiny", model);
    const seen: HubProgress[] = [];
    const { kind, path } = await get({}, { onProgress: (progress) => seen.push(progress) });
    expect(kind).toBe("model");
    const folder = join(cache, "models--test--tiny");
    expect(path).toBe(join(folder, "snapshots", commit));
    expect(readdirSync(path).sort()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
    expect(readFileSync(join(folder, "refs", "main"), "utf8")).toBe(commit);
    expect(readlinkSync(join(path, "model.safetensors"))).toBe(join("..", "..", "blobs", sha256(weights)));
    expect(readlinkSync(join(path, "config.json"))).toBe(
      join("..", "..", "blobs", gitHash(Buffer.from(config))),
    );
    expect(readFileSync(join(path, "model.safetensors")).equals(weights)).toBe(true);
    const total = config.length + 2 + weights.length;
    expect(seen.at(-1)).toMatchObject({
      repo: "test/tiny",
      received: total,
      total,
      filesDone: 3,
      files: 3,
    });
    for (const [i, { received }] of seen.entries())
      if (i > 0) expect(received).toBeGreaterThanOrEqual(seen[i - 1]!.received);
  });

  test("that is in the cache is asked for its commit only, and with its commit for nothing", async () => {
    const commit = hub.add("model", "test/tiny", model);
    await get();
    hub.seen.length = 0;
    await get();
    expect(hub.asked()).toEqual(["/api/models/test/tiny/revision/main"]);
    hub.seen.length = 0;
    await get({}, {}, `hub:test/tiny@${commit}`);
    expect(hub.seen).toEqual([]);
  });

  test("has a new commit: only what changed is downloaded", async () => {
    hub.add("model", "test/tiny", model);
    await get();
    hub.seen.length = 0;
    const commit = hub.add("model", "test/tiny", { ...model, "config.json": "{}" });
    const { path } = await get();
    expect(path).toContain(commit);
    // "{}" is the tokenizer's content, too.
    expect(hub.asked("/resolve/")).toEqual([]);
    expect(readFileSync(join(path, "config.json"), "utf8")).toBe("{}");
    expect(readFileSync(join(path, "model.safetensors")).equals(weights)).toBe(true);
  });

  test("may be a branch, a pull request, a folder, a GGUF file, shards", async () => {
    const shard = (i: number) => `model-0000${i}-of-00002.safetensors`;
    const index = { weight_map: { a: shard(1), b: shard(2), c: shard(2) } };
    const files = {
      "model.Q4_0.gguf": "gguf",
      "big/config.json": config,
      "big/model.safetensors.index.json": JSON.stringify(index),
      [`big/${shard(1)}`]: "one",
      [`big/${shard(2)}`]: "two",
      "big/consolidated.safetensors": "the same once more",
    };
    hub.add("model", "test/many", files, { branches: ["main", "dev/next", "refs/pr/3"] });
    const gguf = await get({}, {}, "hub:test/many@dev%2Fnext/model.Q4_0.gguf");
    expect(gguf.kind).toBe("gguf");
    expect(readFileSync(gguf.path, "utf8")).toBe("gguf");
    const { path } = await get({}, {}, "hub:test/many@refs/pr/3/big");
    expect(readdirSync(path).sort()).toEqual(
      ["config.json", shard(1), shard(2), "model.safetensors.index.json"].sort(),
    );
    const refs = join(cache, "models--test--many", "refs");
    expect(existsSync(join(refs, "dev", "next")) && existsSync(join(refs, "refs", "pr", "3"))).toBe(true);
  });

  test("is copied where links are not wanted", async () => {
    hub.add("model", "test/tiny", { ...model, "tokenizer_config.json": "{}" });
    const { path } = await get({ copies: true });
    for (const file of readdirSync(path)) expect(lstatSync(join(path, file)).isFile(), file).toBe(true);
    expect(readFileSync(join(path, "model.safetensors")).equals(weights)).toBe(true);
    hub.seen.length = 0;
    await get({ copies: true });
    expect(hub.asked("/resolve/")).toEqual([]);
  });

  test("lists its files on many pages", async () => {
    hub.page = 2;
    hub.add("model", "test/tiny", model);
    const { path } = await get();
    expect(readdirSync(path)).toHaveLength(3);
    expect(hub.asked("/tree/")).toHaveLength(3);
  });
});

describe("the token", () => {
  test("goes to the endpoint, and not where it redirects", async () => {
    hub.add("model", "test/tiny", model, { token: "hf_secret" });
    await get({ token: "hf_secret" });
    expect(fromCdn().length).toBe(1);
    for (const { at, authorization } of hub.seen)
      expect(authorization).toBe(at === "hub" ? "Bearer hf_secret" : undefined);
  });

  test("is not part of any message", async () => {
    hub.add("model", "test/tiny", model, { token: "another" });
    const error = await get({ token: "hf_secret" }).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/HF_TOKEN has no access/);
    expect(String(error)).not.toContain("hf_secret");
  });
});

describe("a connection that breaks", () => {
  test("is gone on with by range, as often as something comes", async () => {
    hub.add("model", "test/tiny", model);
    const breaks = [100_000, 250_000];
    hub.intercept = ({ at, range }, response) => {
      const end = at === "cdn" ? breaks.shift() : undefined;
      if (end === undefined) return false;
      const from = Number(/\d+/.exec(range ?? "0")![0]);
      const status = from > 0 ? 206 : 200;
      const size = weights.length;
      response.writeHead(status, {
        "content-length": size - from,
        ...(from > 0 ? { "content-range": `bytes ${from}-${size - 1}/${size}` } : {}),
      });
      response.write(weights.subarray(from, end), () => response.destroy());
      return true;
    };
    const { path } = await get();
    expect(readFileSync(join(path, "model.safetensors")).equals(weights)).toBe(true);
    const [first, second, third] = fromCdn().map(({ range }) => range);
    expect(first).toBeUndefined();
    // What was written may have got lost in part: it goes on from what arrived.
    for (const range of [second, third]) expect(range).toMatch(/^bytes=\d+-$/);
    expect(existsSync(incomplete())).toBe(false);
  });

  test("starts again at a server that ignores ranges", async () => {
    hub.add("model", "test/tiny", model);
    place(incomplete(), weights.subarray(0, 1000));
    hub.intercept = ({ at }, response) => {
      if (at !== "cdn") return false;
      sendFile(response, weights);
      return true;
    };
    const { path } = await get();
    expect(fromCdn()[0]!.range).toBe("bytes=1000-");
    expect(readFileSync(join(path, "model.safetensors")).equals(weights)).toBe(true);
  });

  test("starts again at a server that sends another range than was asked for", async () => {
    hub.add("model", "test/tiny", model);
    place(incomplete(), weights.subarray(0, 1000));
    hub.intercept = ({ at, range }, response) => {
      if (at !== "cdn" || range === undefined) return false;
      response.writeHead(206, { "content-range": `bytes 0-${weights.length - 1}/${weights.length}` });
      response.end(weights);
      return true;
    };
    const { path } = await get();
    expect(readFileSync(join(path, "model.safetensors")).equals(weights)).toBe(true);
  });

  test("that never heals is an error, and what came stays for the next time", async () => {
    hub.add("model", "test/tiny", model);
    hub.intercept = ({ at, range }, response) => {
      if (at !== "cdn") return false;
      const from = Number(/\d+/.exec(range ?? "0")![0]);
      const size = weights.length;
      if (from > 0)
        response.writeHead(206, {
          "content-length": size - from,
          "content-range": `bytes ${from}-${size - 1}/${size}`,
        });
      else response.writeHead(200, { "content-length": size });
      response.write(weights.subarray(from, from + 5000), () => response.destroy());
      return true;
    };
    await expect(get()).rejects.toThrow(/the connection broke.*\(tried 5 times\)/);
    expect(fromCdn()).toHaveLength(5);
    const kept = readFileSync(incomplete());
    expect(kept.equals(weights.subarray(0, kept.length))).toBe(true);
    hub.intercept = () => false;
    hub.seen.length = 0;
    await get();
    expect(fromCdn()[0]!.range).toBe(kept.length > 0 ? `bytes=${kept.length}-` : undefined);
  });

  test("that brings nothing for too long is one that broke", async () => {
    hub.add("model", "test/tiny", model);
    let stalls = 1;
    hub.intercept = ({ at }, response) => {
      if (at !== "cdn" || stalls-- <= 0) return false;
      response.writeHead(200, { "content-length": weights.length });
      response.write(weights.subarray(0, 3000));
      return true;
    };
    const { path } = await get({ timeout: 300 });
    expect(fromCdn()[1]!.range).toBe("bytes=3000-");
    expect(readFileSync(join(path, "model.safetensors")).equals(weights)).toBe(true);
  });
});

describe("content that is not what the hub lists", () => {
  test.each([
    ["is longer, with its length said", true],
    ["is longer, without its length said", false],
  ])("%s: is cut, and an error", async (_, said) => {
    hub.add("model", "test/tiny", model);
    const longer = Buffer.concat([weights, Buffer.alloc(5000)]);
    hub.intercept = ({ at }, response) => {
      if (at !== "cdn") return false;
      response.writeHead(200, said ? { "content-length": longer.length } : {}).end(longer);
      return true;
    };
    await expect(get()).rejects.toThrow(
      /model\.safetensors does not end at the 400000 bytes that the hub lists/,
    );
    expect(existsSync(incomplete())).toBe(false);
    expect(fromCdn()).toHaveLength(1);
  });

  test("says a length that is too short: the rest is asked for", async () => {
    hub.add("model", "test/tiny", model);
    hub.intercept = ({ at, range }, response) => {
      if (at !== "cdn" || range !== undefined) return false;
      sendFile(response, weights.subarray(0, 150_000));
      return true;
    };
    const { path } = await get();
    expect(fromCdn().map(({ range }) => range)).toEqual([undefined, "bytes=150000-"]);
    expect(readFileSync(join(path, "model.safetensors")).equals(weights)).toBe(true);
  });

  test("is short and stays short: an error", async () => {
    hub.add("model", "test/tiny", model);
    hub.intercept = ({ at, range }, response) => {
      if (at !== "cdn") return false;
      sendFile(response, weights.subarray(0, 150_000), range);
      return true;
    };
    await expect(get()).rejects.toThrow(/model\.safetensors/);
    expect(fromCdn().length).toBeLessThanOrEqual(6);
    expect(existsSync(join(cache, "models--test--tiny", "blobs", sha256(weights)))).toBe(false);
  });

  test.each(["model.safetensors", "config.json"])("has another hash: %s", async (file) => {
    hub.add("model", "test/tiny", model);
    const content = Buffer.from(file === "config.json" ? config : weights);
    content[7]! ^= 1;
    hub.intercept = ({ at, path }, response) => {
      if (!path.endsWith(`/${file}`) || (isWeights(path) && at === "hub")) return false;
      sendFile(response, content);
      return true;
    };
    await expect(get()).rejects.toThrow(new RegExp(`test/tiny: ${file} arrived damaged`));
    const blobs = readdirSync(join(cache, "models--test--tiny", "blobs"));
    const hash = file === "config.json" ? gitHash(Buffer.from(config)) : sha256(weights);
    expect(blobs.filter((name) => name.startsWith(hash))).toEqual([]);
  });

  test("what was left is damaged: downloaded anew, once", async () => {
    hub.add("model", "test/tiny", model);
    place(incomplete(), Buffer.alloc(1000, 1));
    const { path } = await get();
    expect(fromCdn().map(({ range }) => range)).toEqual(["bytes=1000-", undefined]);
    expect(readFileSync(join(path, "model.safetensors")).equals(weights)).toBe(true);
  });

  test.each([weights.length, weights.length + 1])("what was left is %i bytes long", async (length) => {
    hub.add("model", "test/tiny", model);
    place(incomplete(), Buffer.concat([weights, weights]).subarray(0, length));
    const { path } = await get();
    expect(fromCdn()).toHaveLength(length === weights.length ? 0 : 1);
    expect(readFileSync(join(path, "model.safetensors")).equals(weights)).toBe(true);
  });
});

describe("a server that refuses", () => {
  const answers = (status: number, code?: string, more: object = {}) => {
    hub.intercept = (_, response) => {
      refuse(response, status, code, more);
      return true;
    };
  };

  test.each([
    [401, undefined, null, /no model "test\/tiny" is open to you .*\(401\).*set HF_TOKEN/],
    [401, undefined, "hf_x", /the token of HF_TOKEN has no access/],
    [401, "GatedRepo", null, /gated \(401\): accept its licence on http.*\/test\/tiny, and set HF_TOKEN/],
    [403, "GatedRepo", "hf_x", /gated \(403\): accept its licence.*token of the account that accepted it/],
    [403, undefined, "hf_x", /refuses revision "main" of test\/tiny \(403\)/],
    [404, "RepoNotFound", null, /has no model "test\/tiny".*\(404\)/],
  ])("%i %s", async (status, code, token, message) => {
    answers(status, code);
    const error = await get({ token }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HubError);
    expect((error as Error).message).toMatch(message);
    expect(hub.seen).toHaveLength(1);
  });

  test("no such revision: names it, and those that there are", async () => {
    hub.add("model", "test/tiny", model, { branches: ["main", "v2"] });
    await expect(get({}, {}, "hub:test/tiny@v3")).rejects.toThrow(
      'test/tiny has no revision "v3" (404); it has main, v2',
    );
  });

  test("a gated repository that may be listed", async () => {
    hub.add("model", "test/tiny", model, { gated: true });
    await expect(get()).rejects.toThrow(/test\/tiny is gated/);
    await get({ token: "hf_x" });
  });

  test("no such file: says what there is", async () => {
    hub.add("model", "test/tiny", model);
    await expect(get({}, {}, "hub:test/tiny/model.gguf")).rejects.toThrow(
      /test\/tiny has no "model\.gguf"; it has README\.md, config\.json/,
    );
  });

  test("429 with Retry-After: waits as long", async () => {
    hub.add("model", "test/tiny", model);
    let times = 1;
    hub.intercept = (_, response) => {
      if (times-- <= 0) return false;
      refuse(response, 429, undefined, { "retry-after": "1" });
      return true;
    };
    const start = performance.now();
    await get();
    expect(performance.now() - start).toBeGreaterThanOrEqual(1000);
  });

  test("429 that asks for more than is waited for", async () => {
    answers(429, undefined, { "retry-after": "3600" });
    await expect(get()).rejects.toThrow(/429 \(too many requests\).*asks to wait 3600 s/);
    expect(hub.seen).toHaveLength(1);
  });

  test("503 twice, on each thing that is asked for, and then no more", async () => {
    hub.add("model", "test/tiny", model);
    const times = new Map<string, number>();
    hub.intercept = ({ at, path }, response) => {
      const key = `${at} ${path}`;
      times.set(key, (times.get(key) ?? 0) + 1);
      if (at === "cdn" || times.get(key)! > 2) return false;
      refuse(response, 503);
      return true;
    };
    await get();
    // The weights are asked for a fourth time, at the CDN.
    expect(new Set([...times.values()])).toEqual(new Set([3, 1]));
  });

  test("503 for ever", async () => {
    answers(503);
    await expect(get()).rejects.toThrow(/503 \(not available now\).*\(tried 5 times\)/);
    expect(hub.seen).toHaveLength(5);
  });

  test("redirects for ever, or to something that is no web address", async () => {
    hub.intercept = ({ path }, response) => {
      response.writeHead(302, { location: `${path}x` }).end();
      return true;
    };
    await expect(get()).rejects.toThrow(/redirects more than 10 times/);
    hub.intercept = (_, response) => {
      response.writeHead(302, { location: "file:///etc/passwd" }).end();
      return true;
    };
    await expect(get()).rejects.toThrow(/redirects to file:.*not followed/);
  });

  test("is no hub at all", async () => {
    hub.intercept = (_, response) => {
      response.writeHead(200).end("<html>");
      return true;
    };
    await expect(get()).rejects.toThrow(/does not answer with JSON; is HF_ENDPOINT/);
  });
});

describe("without the hub", () => {
  test("HF_HUB_OFFLINE uses the cache, and asks nobody", async () => {
    hub.add("model", "test/tiny", model);
    const { path } = await get();
    hub.seen.length = 0;
    expect((await get({ offline: true })).path).toBe(path);
    expect(hub.seen).toEqual([]);
    await expect(get({ offline: true }, {}, "hub:test/other")).rejects.toThrow(
      /test\/other is not in the cache .* and HF_HUB_OFFLINE is set/,
    );
    rmSync(join(path, "model.safetensors"));
    await expect(get({ offline: true })).rejects.toThrow(/model\.safetensors is not in the cache/);
  });

  test("a hub out of reach: the cache stands in, with a note", async () => {
    hub.add("model", "test/tiny", model);
    const { path } = await get();
    // A port that nobody listens on any more.
    const gone = await FakeHub.start();
    const { endpoint } = gone;
    await gone.stop();
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    expect((await get({ endpoint }, { onNote })).path).toBe(path);
    expect(notes).toEqual([expect.stringMatching(/test\/tiny as it is in the cache: .*refused/)]);
    await expect(get({ endpoint }, { patience: { tries: 1 } }, "hub:test/other")).rejects.toThrow(
      /the connection was refused/,
    );
  });

  test("a hub that refuses is not passed over: the cache may be of another account", async () => {
    hub.add("model", "test/tiny", model);
    await get();
    hub.add("model", "test/tiny", model, { token: "hf_new" });
    await expect(get()).rejects.toThrow(/401.*the cache has it: HF_HUB_OFFLINE=1 uses that/);
  });
});

describe("names that lead out of the cache", () => {
  test.each([
    "../../evil",
    "/etc/evil",
    "a/../../evil",
    "a//b",
    "..",
    "a\\..\\evil",
    "C:evil",
    "x/D:/evil",
    "nul\0",
    "line\nbreak",
    "./a",
    `${"x".repeat(300)}`,
  ])("are refused: %j", async (evil) => {
    hub.add("model", "test/tiny", model);
    hub.editList = (entries) => [...entries, { ...entries[0], path: evil }];
    await expect(get()).rejects.toThrow(/leads out of its folder; nothing of this repository is downloaded/);
    expect(hub.asked("/resolve/")).toEqual([]);
  });

  test.each(["../../../evil", "ab", "", "A".repeat(64)])("hashes as well: %j", async (oid) => {
    hub.add("model", "test/tiny", model);
    hub.editList = (entries) =>
      entries.map((entry) => (entry.lfs ? { ...entry, lfs: { oid, size: 1 } } : entry));
    await expect(get()).rejects.toThrow(/without a hash of its content/);
  });

  test("and commits", async () => {
    hub.intercept = ({ path }, response) => {
      if (!path.includes("/revision/")) return false;
      response.writeHead(200).end('{"sha":"../../evil"}');
      return true;
    };
    await expect(get()).rejects.toThrow(/answers what a hub does not: sha/);
  });
});

describe("the disk", () => {
  test("has no room for what the hub lists: said before anything is downloaded", async () => {
    hub.add("model", "test/tiny", model);
    hub.editList = (entries) =>
      entries.map((entry) =>
        entry.lfs ? { ...entry, lfs: { ...(entry.lfs as object), size: 9e15 } } : entry,
      );
    await expect(get()).rejects.toThrow(/takes 9000 TB more, and .* has room for/);
    expect(hub.asked("/resolve/")).toEqual([]);
  });

  test.skipIf(!existsSync("/dev/full"))("fills up on the way", async () => {
    hub.add("model", "test/tiny", model);
    mkdirSync(dirname(incomplete()), { recursive: true });
    symlinkSync("/dev/full", incomplete());
    await expect(get()).rejects.toThrow(/the disk is full; make room, or use another one \(HF_HOME/);
  });

  test("the cache is a file", async () => {
    hub.add("model", "test/tiny", model);
    const file = join(cache, "file");
    writeFileSync(file, "");
    await expect(get({ cache: file })).rejects.toThrow(HubError);
  });
});

test("a download that is ended keeps what came, and goes on from there", async () => {
  hub.add("model", "test/tiny", model);
  hub.intercept = ({ at, range }, response) => {
    if (at !== "cdn" || range !== undefined) return false;
    response.writeHead(200, { "content-length": weights.length });
    response.write(weights.subarray(0, 20_000));
    return true;
  };
  const ending = new AbortController();
  const why = new Error("enough");
  const onProgress = ({ file, received }: HubProgress) => {
    if (file === "model.safetensors" && received >= 20_000) ending.abort(why);
  };
  await expect(get({}, { signal: ending.signal, onProgress })).rejects.toBe(why);
  expect(readFileSync(incomplete()).length).toBe(20_000);
  await get();
  expect(fromCdn().at(-1)!.range).toBe("bytes=20000-");
});

test("at most four files are downloaded at a time", async () => {
  const names = Array.from({ length: 12 }, (_, i) => `train-000${String(i).padStart(2, "0")}-of-00012.jsonl`);
  hub.add("dataset", "test/rows", Object.fromEntries(names.map((name, i) => [name, `{"row":${i}}\n`])));
  let now = 0;
  let most = 0;
  hub.intercept = ({ path }, response) => {
    if (!path.includes("/resolve/")) return false;
    most = Math.max(most, ++now);
    const row = Number(/train-0*(\d+)-of/.exec(path)![1]);
    setTimeout(() => {
      now--;
      sendFile(response, Buffer.from(`{"row":${row}}\n`));
    }, 30);
    return true;
  };
  const files = await resolveHubData("hub:test/rows", { settings: hub.settings(cache), patience: quick });
  expect(files.map((file) => JSON.parse(readFileSync(file, "utf8")).row)).toEqual(names.map((_, i) => i));
  expect(most).toBe(4);
});

function place(file: string, content: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
