import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compiledFile } from "../../src/compiled.ts";
import { loadTextModel } from "../../src/generation/index.ts";
import { readEvents, resumeRun, type SpecificationInput, train } from "../../src/index.ts";
import { computed, continueHere, pauseAfter, trainHere } from "../training/in-process.ts";
import { writeTinyData, writeTinyModel } from "../training/tiny-model.ts";
import { FakeHub, sendFile } from "./fake-hub.ts";

let hub: FakeHub;
let commits: Record<"model" | "sft" | "dpo", string>;
let modelFiles: Record<string, Buffer>;
const directory = mkdtempSync(join(tmpdir(), "alright-hub-train-"));
const runs = join(directory, "runs");
const variables = ["HF_ENDPOINT", "HF_HOME", "HF_HUB_CACHE", "HF_TOKEN", "HF_HUB_OFFLINE"] as const;
const before = variables.map((name) => process.env[name]);

beforeAll(async () => {
  hub = await FakeHub.start();
  await writeTinyModel(join(directory, "model"));
  const data = writeTinyData(join(directory, "data"));
  const folder = join(directory, "model");
  modelFiles = Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]),
  );
  commits = {
    model: hub.add("model", "test/tiny", modelFiles),
    sft: hub.add("dataset", "test/sft", shards(readFileSync(data.sft, "utf8"))),
    dpo: hub.add("dataset", "test/preferences", { "train.jsonl": readFileSync(data.dpo) }),
  };
  for (const name of variables) delete process.env[name];
  process.env.HF_ENDPOINT = hub.endpoint;
  process.env.HF_HOME = join(directory, "home");
});
afterAll(async () => {
  for (const [i, name] of variables.entries())
    if (before[i] === undefined) delete process.env[name];
    else process.env[name] = before[i];
  await hub.stop();
  rmSync(directory, { recursive: true });
});

/** Two files of one split, as a large set has them. */
function shards(text: string): Record<string, string> {
  const lines = text.trimEnd().split("\n");
  return {
    "README.md":
      "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n---\n",
    "data/train-00000-of-00002.jsonl": `${lines.slice(0, 25).join("\n")}\n`,
    "data/train-00001-of-00002.jsonl": `${lines.slice(25).join("\n")}\n`,
    "data/test-00000-of-00001.jsonl": "no rows of ours",
  };
}

const fromHub: Pick<SpecificationInput, "model" | "data"> = {
  model: "hub:test/tiny",
  data: { sft: "hub:test/sft", dpo: "hub:test/preferences/train.jsonl" },
};
function specification(more: Partial<SpecificationInput> = {}): SpecificationInput {
  return {
    ...fromHub,
    method: { name: "mix", lambda: 0.5 },
    steps: 2,
    lora: { rank: 4, alpha: 4 },
    ideal: { dpo: 0, sft: 1 },
    batchSize: { sft: 6, dpo: 4 },
    evaluation: { every: 2, fraction: 0.1 },
    threads: 1,
    ...more,
  };
}
const record = (run: { directory: string }) =>
  JSON.parse(readFileSync(join(run.directory, "run.json"), "utf8"));

describe("a run on names of the hub", () => {
  test("trains as on files, tells of the download, and records the commits", async () => {
    hub.intercept = ({ at, path }, response) => {
      if (at !== "cdn") return false;
      // In two parts, so that there is something to tell.
      const content = modelFiles[path.split("/").at(-1)!]!;
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 100));
      setTimeout(() => response.end(content.subarray(100)), 700);
      return true;
    };
    const run = train(specification(), { runs });
    const { state } = await run.done;
    hub.intercept = () => false;
    expect(state).toBe("finished");
    const notes = readEvents(join(run.directory, "events.jsonl")).flatMap((event) =>
      event.type === "preparing" ? [event.note] : [],
    );
    expect(notes).toContainEqual(
      expect.stringMatching(/^downloading test\/tiny \[.*\] \d+ % of [\d.]+ kB.*files$/),
    );
    const { specification: recorded, dataHashes } = record(run);
    expect(recorded.model).toBe(`hub:test/tiny@${commits.model}`);
    expect(recorded.data).toEqual({
      sft: `hub:test/sft@${commits.sft}`,
      dpo: `hub:test/preferences@${commits.dpo}/train.jsonl`,
    });
    expect(Object.keys(dataHashes).sort()).toEqual(["dpo", "sft"]);
    const adapter = JSON.parse(readFileSync(join(run.directory, "final", "adapter_config.json"), "utf8"));
    expect(adapter).toMatchObject({ base_model_name_or_path: "test/tiny", revision: commits.model });

    // The rows of both shards, in order, are those of the one file.
    const local = train(
      specification({
        model: join(directory, "model"),
        data: { sft: join(directory, "data", "sft.jsonl"), dpo: join(directory, "data", "dpo.jsonl") },
      }),
      { runs },
    );
    await local.done;
    expect(computed({ path: run.directory })).toEqual(computed({ path: local.directory }));

    // What writes with the run's weights finds its model again.
    const text = await loadTextModel({ run: run.directory });
    expect(await text.generate("Tell me", { maxTokens: 2 }).texts()).toHaveLength(1);
    await text.dispose();
  });

  test("goes on with the commits that it began with", async () => {
    const { directory: begun } = await trainHere(specification({ steps: 4 }), { runs, ask: pauseAfter(2) });
    const whole = await trainHere(specification({ steps: 4 }), { runs });
    // The repositories move on.
    hub.add("model", "test/tiny", { ...modelFiles, "config.json": "{}" });
    hub.add("dataset", "test/sft", { "train.jsonl": '{"prompt":"new","completion":"new"}\n' });
    hub.seen.length = 0;
    const { ended } = await continueHere(begun);
    expect(ended.error).toBeUndefined();
    expect(hub.seen).toEqual([]);
    expect(computed(begun)).toEqual(computed(whole.directory));
    hub.add("model", "test/tiny", modelFiles);
    hub.add("dataset", "test/sft", shards(readFileSync(join(directory, "data", "sft.jsonl"), "utf8")));
  });

  test("may have its reference there: an adapter", async () => {
    const source = await trainHere(specification(), { runs });
    const { final } = source.directory;
    const files = readdirSync(final).map((file) => [file, readFileSync(join(final, file))]);
    const commit = hub.add("model", "test/adapter", Object.fromEntries(files));
    const there = await trainHere(specification({ reference: "hub:test/adapter" }), { runs });
    const local = await trainHere(specification({ reference: final }), { runs });
    expect(there.ended.error).toBeUndefined();
    expect(computed(there.directory)).toEqual(computed(local.directory));
    expect(there.directory.readRecord().specification.reference).toBe(`hub:test/adapter@${commit}`);
    const wrong = await trainHere(specification({ model: "hub:test/adapter" }), { runs });
    expect(wrong.ended.error).toMatch(/hub:test\/adapter@[0-9a-f]{40} is an adapter.*give the model/);
  });

  test("offline is a run on the cache, and says what is not in it", async () => {
    process.env.HF_HUB_OFFLINE = "1";
    try {
      hub.seen.length = 0;
      const { ended } = await trainHere(specification(), { runs });
      expect(ended.error).toBeUndefined();
      expect(hub.seen).toEqual([]);
      const other = await trainHere(specification({ model: "hub:test/other" }), { runs });
      expect(other.ended.error).toMatch(/test\/other is not in the cache/);
    } finally {
      delete process.env.HF_HUB_OFFLINE;
    }
  });

  test("can be paused while it downloads, and goes on", async () => {
    process.env.HF_HUB_CACHE = join(directory, "another-cache");
    try {
      let slow = true;
      hub.intercept = ({ at, path, range }, response) => {
        if (at !== "cdn") return false;
        const content = modelFiles[path.split("/").at(-1)!]!;
        if (!slow) sendFile(response, content, range);
        else {
          response.writeHead(200, { "content-length": content.length });
          response.write(content.subarray(0, 1000));
        }
        return true;
      };
      const run = train(specification(), { runs });
      await new Promise<void>((resolve) => {
        run.onSnapshot(({ note }) => {
          if (note?.startsWith("downloading")) resolve();
        });
      });
      await run.pause();
      expect(run.state).toBe("paused");
      slow = false;
      const resumed = resumeRun(run.directory, { runs });
      expect((await resumed.done).state).toBe("finished");
      expect(existsSync(join(directory, "another-cache", "models--test--tiny"))).toBe(true);
    } finally {
      hub.intercept = () => false;
      delete process.env.HF_HUB_CACHE;
    }
  });

  test("its model is there for the command line, too", async () => {
    const args = [
      "generate",
      "--model",
      "hub:test/tiny",
      "--prompt",
      "Tell",
      "--max-tokens",
      "2",
      "--threads",
      "1",
    ];
    const child = spawn(process.execPath, [compiledFile("../../src/cli/main.js", import.meta.url), ...args], {
      env: { ...process.env, HF_HUB_CACHE: join(directory, "cache-of-the-command") },
    });
    let said = "";
    child.stderr.on("data", (text) => (said += text));
    const [code] = await once(child, "close");
    expect(code, said).toBe(0);
    expect(said).toMatch(/^test\/tiny \[.*\] \d+ % of .*files\n/);
  });

  test("that is not written rightly is an error before anything starts", () => {
    expect(() => train(specification({ model: "hub:tiny" }), { runs })).toThrow(
      /specification: model: "hub:tiny": owner or name is missing; expected hub:owner\/name/,
    );
    expect(() => train(specification({ data: { sft: "hub:a/../b", dpo: "hub:a/b" } }), { runs })).toThrow(
      /specification: data\.sft: "hub:a\/\.\.\/b"/,
    );
  });
});
