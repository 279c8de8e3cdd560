import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { matchesGlob } from "../../src/hub/glob.ts";
import {
  formatHubName,
  formatProgress,
  HubError,
  hubSettings,
  parseHubName,
  progressWriter,
  shortHubName,
} from "../../src/hub/index.ts";
import { retryAfter } from "../../src/hub/refusal.ts";

const home = mkdtempSync(join(tmpdir(), "alright-hub-home-"));
afterAll(() => rmSync(home, { recursive: true }));

describe("a hub name", () => {
  test.each([
    ["hub:EleutherAI/pythia-1b", "EleutherAI/pythia-1b", null, null],
    ["hub:a/b@v1.0", "a/b", "v1.0", null],
    ["hub:a/b/model.Q4_0.gguf", "a/b", null, "model.Q4_0.gguf"],
    ["hub:a/b@main/data/train.jsonl", "a/b", "main", "data/train.jsonl"],
    ["hub:a/b@refs/pr/7/x.gguf", "a/b", "refs/pr/7", "x.gguf"],
    ["hub:a/b@refs/convert/parquet", "a/b", "refs/convert/parquet", null],
    ["hub:a/b@feature%2Fx/y", "a/b", "feature/x", "y"],
    ["hub:a/b/with@sign.jsonl", "a/b", null, "with@sign.jsonl"],
  ])("%s", (name, repo, revision, path) => {
    const parsed = parseHubName(name, "model");
    expect(parsed).toEqual({ kind: "model", repo, revision, path });
    expect(formatHubName(parsed)).toBe(name);
  });

  test("is shown with a short commit", () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    expect(shortHubName(`hub:a/b@${commit}/x.gguf`)).toBe("hub:a/b@01234567/x.gguf");
    expect(shortHubName("hub:a/b@main")).toBe("hub:a/b@main");
    expect(shortHubName(`dir@${commit}`)).toBe(`dir@${commit}`);
  });

  test.each([
    "hub:",
    "hub:gpt2",
    "hub:a/",
    "hub:/b",
    "hub:a/b@",
    "hub:a/b@..",
    "hub:a/b@x/../y",
    "hub:../b",
    "hub:a/..",
    "hub:a--b/c",
    "hub:a/b/../../c",
    "hub:a/b//c",
    "hub:a/b\\c",
    "hub:a b/c",
    "hub:a/b@%2F..%2Fx",
    "hub:a/b\0",
    "a/b",
  ])("is not %j", (name) => {
    expect(() => parseHubName(name, "model")).toThrow(HubError);
    expect(() => parseHubName(name, "model")).toThrow(/expected hub:owner\/name\[@revision\]\[\/path\]/);
  });
});

describe("the environment", () => {
  test("places as huggingface_hub has them", () => {
    expect(hubSettings({})).toEqual({
      endpoint: "https://huggingface.co",
      token: hubSettings({}).token,
      cache: join(homedir(), ".cache", "huggingface", "hub"),
      offline: false,
      timeout: 30_000,
      copies: false,
    });
    expect(hubSettings({ XDG_CACHE_HOME: "/x" }).cache).toBe("/x/huggingface/hub");
    expect(hubSettings({ HF_HOME: "/h", XDG_CACHE_HOME: "/x" }).cache).toBe("/h/hub");
    expect(hubSettings({ HF_HOME: "~/h" }).cache).toBe(join(homedir(), "h", "hub"));
    expect(hubSettings({ HF_HOME: "/h", HF_HUB_CACHE: "/c" }).cache).toBe("/c");
    expect(hubSettings({ HF_ENDPOINT: "http://mirror/x/" }).endpoint).toBe("http://mirror/x");
    for (const yes of ["1", "true", "YES", "on"])
      expect(hubSettings({ HF_HUB_OFFLINE: yes }).offline).toBe(true);
    for (const no of ["", "0", "false"]) expect(hubSettings({ HF_HUB_OFFLINE: no }).offline).toBe(false);
  });

  test("the token: HF_TOKEN, or the file that `hf auth login` writes", () => {
    expect(hubSettings({ HF_HOME: home }).token).toBe(null);
    writeFileSync(join(home, "token"), "hf_file\n");
    expect(hubSettings({ HF_HOME: home }).token).toBe("hf_file");
    expect(hubSettings({ HF_HOME: home, HF_TOKEN: " hf_variable " }).token).toBe("hf_variable");
  });

  test("what can't be used is named, the token is not shown", () => {
    expect(() => hubSettings({ HF_ENDPOINT: "mirror" })).toThrow(/HF_ENDPOINT is "mirror"/);
    expect(() => hubSettings({ HF_ENDPOINT: "file:///x" })).toThrow(/HF_ENDPOINT/);
    expect(() => hubSettings({ HF_HUB_DOWNLOAD_TIMEOUT: "soon" })).toThrow(
      /HF_HUB_DOWNLOAD_TIMEOUT is "soon"/,
    );
    const broken = () => hubSettings({ HF_HOME: home, HF_TOKEN: "hf_a\nb" });
    expect(broken).toThrow(/HF_TOKEN has characters/);
    expect(broken).not.toThrow(/hf_a/);
  });
});

test("how long a server asks to wait", () => {
  const now = Date.parse("Wed, 21 Oct 2015 07:28:00 GMT");
  const of = (headers: Record<string, string>) => retryAfter(new Headers(headers), now);
  expect(of({ "retry-after": "7" })).toBe(7);
  expect(of({ "retry-after": "Wed, 21 Oct 2015 07:28:05 GMT" })).toBe(5);
  expect(of({ "retry-after": "Wed, 21 Oct 2015 07:27:00 GMT" })).toBe(0);
  expect(of({ ratelimit: '"api";r=0;t=55' })).toBe(55);
  expect(of({ ratelimit: '"api";r=3;t=55' })).toBe(0);
  expect(of({ "retry-after": "later" })).toBe(0);
});

describe("patterns", () => {
  test.each([
    ["data/train-00000.parquet", "data/train-*", true],
    ["data/train-00000.parquet", "data/train-*.parquet", true],
    ["data/train-00000.parquet", "*.parquet", false],
    ["data/train-00000.parquet", "**/*.parquet", true],
    ["train.parquet", "**/*.parquet", true],
    ["a/b/c/train.jsonl", "a/**", true],
    ["a/b/c/train.jsonl", "a/**/train.*", true],
    ["a/b/c/train.jsonl", "a/*/train.*", false],
    ["train1.json", "train[0-9].json", true],
    ["trainx.json", "train[!0-9].json", true],
    ["train1.json", "train[!0-9].json", false],
    ["train.json", "tr?in.json", true],
    ["a[b.json", "a[b.json", true],
    ["aXbXc", "a*b*c", true],
    ["abc", "a*b*c*d", false],
    ["", "*", true],
  ])("%s against %s", (path, pattern, matches) => {
    expect(matchesGlob(path, pattern)).toBe(matches);
  });

  test("of strangers take no time", () => {
    const start = performance.now();
    expect(matchesGlob("a".repeat(250), `${"*a".repeat(500)}b`)).toBe(false);
    expect(matchesGlob("a/".repeat(500), `${"**/a/".repeat(150)}b`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe("progress", () => {
  const progress = {
    repo: "a/b",
    file: "x",
    received: 5e8,
    total: 2.1e9,
    filesDone: 1,
    files: 3,
    speed: 48e6,
  };
  test("is a line", () => {
    expect(formatProgress(progress)).toBe("a/b [████░░░░░░░░░░░░░░░░] 23 % of 2.1 GB, 48 MB/s, 1 of 3 files");
    expect(formatProgress({ ...progress, received: 0, total: 0, speed: 0 })).toMatch(
      /100 % of 0 bytes, 1 of/,
    );
  });
  test("replaces itself in a terminal, and ends its line", () => {
    let text = "";
    const { onProgress } = progressWriter((part) => (text += part), { inPlace: true });
    onProgress(progress);
    onProgress({ ...progress, received: 2.1e9, filesDone: 3 });
    expect(text).toMatch(/^\ra\/b .*\ra\/b .* 100 % of 2.1 GB, 48 MB\/s, 3 of 3 files *\n$/);
  });
});
