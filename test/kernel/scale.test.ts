import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Call } from "../../kernel/magics/magic.ts";
import { scale } from "../../kernel/magics/scale.ts";
import { changeSettings, settings } from "../../kernel/magics/settings.ts";
import { magics } from "../../kernel/magics/table.ts";
import { experiment, experimentNames, type Scale, scaleNames } from "../../src/paper/index.ts";

const folder = mkdtempSync(join(tmpdir(), "alright-scale-"));
afterAll(() => rmSync(folder, { recursive: true }));

let said = "";
beforeEach(() => {
  said = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  changeSettings(Object.fromEntries(Object.keys(settings()).map((key) => [key, undefined])));
});

const run = (name: string, options: Record<string, unknown> = {}, assigned = false) =>
  scale.run({
    words: [name],
    options,
    assigned,
    magics,
    execution: { signal: new AbortController().signal },
  } as unknown as Call);

describe("%scale", () => {
  it("offers the library's scales and experiments", () => {
    expect(scale.word!.values).toEqual(scaleNames);
    expect([...scale.options.experiment!.values!].sort()).toEqual(experimentNames().sort());
  });

  it("embedded sets the session to the shipped grid's settings, and to nothing of what was set before", async () => {
    changeSettings({ ideal: { dpo: 1, sft: 1 }, optimizer: { weightDecay: 0.5 }, name: "mine" });
    expect(await run("embedded")).toBeUndefined();
    expect(settings()).toEqual({ ...experiment("dpo-first").base, name: "mine" });
    expect(said).toBe(
      "scale: embedded, dpo-first: pythia-tiny, 300 steps of 6 instructions or 4 preferences\n",
    );
    const { experiment: of } = (await run("embedded", { experiment: "llama" }, true)) as Scale;
    expect(settings().model).toBe("llama-tiny");
    expect(of.pairs).toHaveLength(3);
  });

  it("paper says what it would download and take, and downloads nothing", { timeout: 240_000 }, async () => {
    changeSettings({ model: "mine" });
    await run("paper");
    expect(said).toContain("dpo-first: 1.01 billion parameters, 4.2 million of them trained");
    expect(said).toContain("downloads: model hub:EleutherAI/pythia-1b, about 2.0 GB");
    expect(said).toMatch(/a step measured here: \d+ GFLOP\/s/);
    expect(said).toMatch(/memory: .* GB/);
    expect(said).toMatch(/20 runs for one seed and θ_ref/);
    expect(said).toContain("nothing was downloaded, and the session is as it was");
    expect(settings()).toEqual({ model: "mine" });
  });

  it("small-real is about the files that are named", { timeout: 240_000 }, async () => {
    await expect(run("small-real")).rejects.toThrow("needs model, sft, dpo");
    const file = (name: string, row: object) => {
      writeFileSync(join(folder, name), `${JSON.stringify(row)}\n`.repeat(5));
      return join(folder, name);
    };
    const sft = file("sft.jsonl", { prompt: "What is a sea?", completion: "Salt water." });
    const dpo = file("dpo.jsonl", { prompt: "What is a lake?", chosen: "A pond.", rejected: "A sea." });
    await run("small-real", { model: "pythia-tiny", sft, dpo });
    expect(said).toContain("counted in the files");
    expect(settings()).toMatchObject({ model: "pythia-tiny", data: { sft, dpo }, steps: 300 });
  });

  it("says what is wrong", async () => {
    await expect(run("papr")).rejects.toThrow('did you mean "paper"?');
    await expect(run("embedded", { download: true })).rejects.toThrow("downloads nothing");
    await expect(run("paper", { sft: "a.jsonl", quiet: true })).rejects.toThrow("leave out sft");
  });
});
