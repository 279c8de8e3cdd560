/** The cache as huggingface_hub writes it: its layout is laid down here; test/parity/hub.test.ts has the program itself. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type HubSettings, resolveHubData, resolveHubModel } from "../../src/hub/index.ts";
import { gitHash } from "./fake-hub.ts";

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "alright-hub-"));
});
afterEach(() => rmSync(cache, { recursive: true }));

const commit = "5d0f1c9f0e9f5ab1c2e7d28bb70bd1d0f1a2b3c4";
const offline = (): HubSettings => ({
  endpoint: "http://127.0.0.1:9",
  cache,
  token: null,
  offline: true,
  timeout: 1000,
  copies: false,
});

function lay(repository: string, files: Readonly<Record<string, string>>): string {
  const folder = join(cache, repository);
  const snapshot = join(folder, "snapshots", commit);
  mkdirSync(join(folder, "refs"), { recursive: true });
  mkdirSync(join(folder, "blobs"));
  writeFileSync(join(folder, "refs", "main"), commit);
  for (const [path, content] of Object.entries(files)) {
    const blob = join(folder, "blobs", gitHash(Buffer.from(content)));
    const place = join(snapshot, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(blob, content);
    symlinkSync(relative(dirname(place), blob), place);
  }
  return folder;
}

/** `trees/COMMIT.json`, which newer ones write. */
function list(folder: string, files: Readonly<Record<string, object>>): void {
  mkdirSync(join(folder, "trees"));
  writeFileSync(
    join(folder, "trees", `${commit}.json`),
    JSON.stringify({ format_version: 1, files }, null, 1),
  );
}

describe("offline, a cache of huggingface_hub's", () => {
  test("has a model", async () => {
    const folder = lay("models--test--tiny", { "config.json": "{}", "model.safetensors": "weights" });
    const { path } = await resolveHubModel("hub:test/tiny", { settings: offline() });
    expect(path).toBe(join(folder, "snapshots", commit));
  });

  test("has a part of a model", async () => {
    lay("models--test--tiny", { "config.json": "{}" });
    await expect(resolveHubModel("hub:test/tiny", { settings: offline() })).rejects.toThrow(
      /is no model: it has no config\.json with model\.safetensors; it has config\.json/,
    );
  });

  test("has some of a model's shards", async () => {
    const index = JSON.stringify({ weight_map: { a: "model-1.safetensors", b: "model-2.safetensors" } });
    lay("models--test--tiny", {
      "config.json": "{}",
      "model.safetensors.index.json": index,
      "model-1.safetensors": "1",
    });
    await expect(resolveHubModel("hub:test/tiny", { settings: offline() })).rejects.toThrow(
      /lists the weights "model-2\.safetensors", which the repository does not have/,
    );
  });

  test("has a data set, in folders", async () => {
    lay("datasets--test--rows", { "data/train.jsonl": "{}\n", "data/test.jsonl": "{}\n" });
    const files = await resolveHubData("hub:test/rows", { settings: offline() });
    expect(files.map((file) => readFileSync(file, "utf8"))).toEqual(["{}\n"]);
  });

  test("lists more files than it has: a set that is not whole is not trained on", async () => {
    const folder = lay("datasets--test--rows", { "a.jsonl": "{}\n" });
    const entry = { size: 3, blob_id: gitHash(Buffer.from("{}\n")) };
    list(folder, { "a.jsonl": entry, "b.jsonl": { ...entry, size: 4 } });
    await expect(resolveHubData("hub:test/rows", { settings: offline() })).rejects.toThrow(
      /test\/rows: b\.jsonl is not in the cache .* HF_HUB_OFFLINE is set/,
    );
  });

  test("lists names that lead out of it: the list is not believed", async () => {
    const folder = lay("datasets--test--rows", { "a.jsonl": "{}\n" });
    list(folder, { "../../../etc/passwd.jsonl": { size: 3, blob_id: "0".repeat(40) } });
    const files = await resolveHubData("hub:test/rows", { settings: offline() });
    expect(files).toEqual([join(folder, "snapshots", commit, "a.jsonl")]);
  });

  test("has a blob too few: a link to nothing is no file", async () => {
    const folder = lay("models--test--tiny", { "config.json": "{}", "model.safetensors": "weights" });
    rmSync(join(folder, "blobs", gitHash(Buffer.from("weights"))));
    await expect(resolveHubModel("hub:test/tiny", { settings: offline() })).rejects.toThrow(/is no model/);
  });
});
