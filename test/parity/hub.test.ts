/** The cache is huggingface_hub's: it reads what this library has downloaded, and the other way round. Needs a Python that has it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveHubData, resolveHubModel } from "../../src/hub/index.ts";
import { FakeHub } from "../hub/fake-hub.ts";
import { findTorchPython, PythonAnswers } from "./torch-python.ts";

const python = findTorchPython();
if (!python)
  console.log(
    "huggingface_hub does not read this library's cache in this run: no Python with it; name one in ALRIGHT_TORCH_PYTHON",
  );

const model = {
  "README.md": "---\nlicense: mit\n---\n",
  "config.json": '{"model_type":"gpt_neox"}',
  "tokenizer.json": "{}",
  "model.safetensors": Buffer.alloc(100_000, "weights"),
};
const data = { "data/train-00000-of-00001.jsonl": '{"prompt":"a","completion":"b"}\n' };

describe.skipIf(!python)("the cache and huggingface_hub", () => {
  let hub: FakeHub;
  let answers: PythonAnswers;
  const caches = mkdtempSync(join(tmpdir(), "alright-hub-"));
  beforeAll(async () => {
    hub = await FakeHub.start();
    answers = new PythonAnswers(python!, "hub.py", { HF_HUB_OFFLINE: "0" });
  });
  afterAll(async () => {
    answers?.end();
    await hub?.stop();
    rmSync(caches, { recursive: true });
  });

  test("what this library has downloaded is read there", async () => {
    const cache = join(caches, "ours");
    hub.add("model", "test/tiny", model);
    hub.add("dataset", "test/rows", data);
    const { path } = await resolveHubModel("hub:test/tiny", { settings: hub.settings(cache) });
    await resolveHubData("hub:test/rows", { settings: hub.settings(cache) });
    const there = await answers.ask({ do: "read", repo: "test/tiny", kind: "model", cache });
    expect(there).toEqual({
      path,
      files: { "config.json": 25, "tokenizer.json": 2, "model.safetensors": 100_000 },
      warnings: [],
      repos: ["dataset test/rows 1", "model test/tiny 3"],
    });
    const rows = await answers.ask({ do: "read", repo: "test/rows", kind: "dataset", cache });
    expect(rows).toMatchObject({ files: { "data/train-00000-of-00001.jsonl": 32 } });
  });

  test("and goes on with what is missing there, and links no file anew", async () => {
    const cache = join(caches, "both");
    hub.add("model", "test/tiny", model);
    await resolveHubModel("hub:test/tiny", { settings: hub.settings(cache) });
    hub.seen.length = 0;
    await answers.ask({ do: "download", repo: "test/tiny", kind: "model", cache, endpoint: hub.endpoint });
    const downloaded = hub.asked("/resolve/").map((asked) => asked.split("/").at(-1));
    expect(new Set(downloaded)).toEqual(new Set(["README.md"]));
  });

  test("what it has downloaded is read here, with and without the hub", async () => {
    const cache = join(caches, "theirs");
    const commit = hub.add("model", "test/tiny", model);
    hub.add("dataset", "test/rows", data);
    for (const [repo, kind] of [
      ["test/tiny", "model"],
      ["test/rows", "dataset"],
    ])
      await answers.ask({ do: "download", repo, kind, cache, endpoint: hub.endpoint });
    const { path } = await resolveHubModel("hub:test/tiny", {
      settings: hub.settings(cache, { offline: true }),
    });
    expect(path).toBe(join(cache, "models--test--tiny", "snapshots", commit));
    expect(readFileSync(join(path, "model.safetensors")).equals(model["model.safetensors"])).toBe(true);
    const files = await resolveHubData("hub:test/rows", { settings: hub.settings(cache, { offline: true }) });
    expect(files.map((file) => readFileSync(file, "utf8"))).toEqual(Object.values(data));
    hub.seen.length = 0;
    await resolveHubModel("hub:test/tiny", { settings: hub.settings(cache) });
    expect(hub.asked("/resolve/")).toEqual([]);
  });
});
