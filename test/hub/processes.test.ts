/** Downloads in processes of their own: two at once, one that is killed. They run the build. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compiledFile } from "../../src/compiled.ts";
import { whileLocked } from "../../src/hub/lock.ts";
import { FakeHub, sendFile, sha256 } from "./fake-hub.ts";

let hub: FakeHub;
let cache: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  hub = await FakeHub.start();
  cache = mkdtempSync(join(tmpdir(), "alright-hub-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await hub.stop();
  rmSync(cache, { recursive: true, force: true });
});

const weights = Buffer.alloc(300_000, "weights ");
const model = { "config.json": "{}", "model.safetensors": weights };
const module = pathToFileURL(compiledFile("../../src/hub/index.js", import.meta.url)).href;

/** Downloads `hub:test/tiny` in another process. */
function download(): { child: ChildProcess; ended: Promise<{ code: number | null; said: string }> } {
  const script = `import { resolveHubModel } from ${JSON.stringify(module)};
    console.log((await resolveHubModel("hub:test/tiny")).path);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { PATH: process.env.PATH, HF_HUB_CACHE: cache, HF_ENDPOINT: hub.endpoint, HF_HOME: cache },
  });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream!.on("data", (text) => (said += text));
  return { child, ended: once(child, "close").then(([code]) => ({ code: code as number | null, said })) };
}

const incomplete = () => join(cache, "models--test--tiny", "blobs", `${sha256(weights)}.incomplete`);

test("two processes at once: each file is downloaded once, and both have it", async () => {
  const commit = hub.add("model", "test/tiny", model);
  hub.intercept = ({ at }, response) => {
    if (at !== "cdn") return false;
    // Slow enough for the other one to come.
    setTimeout(() => sendFile(response, weights), 1500);
    return true;
  };
  const results = await Promise.all([download().ended, download().ended]);
  for (const { code, said } of results) {
    expect(said.trim()).toBe(join(cache, "models--test--tiny", "snapshots", commit));
    expect(code).toBe(0);
  }
  expect(hub.seen.filter(({ at }) => at === "cdn")).toHaveLength(1);
  expect(hub.asked("/resolve/").filter((path) => path.endsWith("config.json"))).toHaveLength(1);
  expect(readdirSync(join(cache, ".locks", "models--test--tiny"))).toEqual([]);
});

test("a process that is killed in the middle: the next one goes on from there, at once", async () => {
  hub.add("model", "test/tiny", model);
  hub.intercept = ({ at, range }, response) => {
    if (at !== "cdn" || range !== undefined) return false;
    response.writeHead(200, { "content-length": weights.length });
    response.write(weights.subarray(0, 120_000));
    return true;
  };
  const { child, ended } = download();
  while (!(existsSync(incomplete()) && readFileSync(incomplete()).length === 120_000)) await sleep(20);
  child.kill("SIGKILL");
  await ended;
  // That of the file under way, at least: small files may have been under way, too.
  expect(readdirSync(join(cache, ".locks", "models--test--tiny")).length).toBeGreaterThan(0);
  const start = performance.now();
  const { code, said } = await download().ended;
  expect(code, said).toBe(0);
  expect(performance.now() - start).toBeLessThan(20_000);
  expect(hub.seen.filter(({ at }) => at === "cdn").map(({ range }) => range)).toEqual([
    undefined,
    "bytes=120000-",
  ]);
  expect(readFileSync(join(said.trim(), "model.safetensors")).equals(weights)).toBe(true);
});

test("a lock is one's alone, and freed", async () => {
  const file = join(cache, "locks", "x");
  const { signal } = new AbortController();
  let inside = 0;
  let most = 0;
  const work = () =>
    whileLocked(file, signal, async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
    });
  await Promise.all(Array.from({ length: 6 }, work));
  expect(most).toBe(1);
  await expect(whileLocked(file, signal, () => Promise.reject(new Error("inside")))).rejects.toThrow(
    "inside",
  );
  expect(readdirSync(join(cache, "locks"))).toEqual([]);
});

test.each([
  ["of a process that is gone", { host: hostname(), pid: 2 ** 22 + 1 }, 0, true],
  ["of another machine, touched just now", { host: "elsewhere", pid: 1 }, 0, false],
  ["of another machine, long untouched", { host: "elsewhere", pid: 1 }, 60, true],
  ["of a process that has our number, long untouched", { host: hostname(), pid: process.pid }, 60, true],
  ["of a process that works", { host: hostname(), pid: process.pid }, 0, false],
  ["that is empty, long untouched", null, 60, true],
])("a lock %s", async (_, holder, age, free) => {
  const file = join(cache, "x");
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, holder === null ? "" : JSON.stringify(holder));
  const then = new Date(Date.now() - age * 1000);
  utimesSync(file, then, then);
  const stopping = new AbortController();
  const waiting = () => stopping.abort(new Error("it is held"));
  const taken = whileLocked(file, stopping.signal, async () => "mine", waiting);
  if (free) expect(await taken).toBe("mine");
  else await expect(taken).rejects.toThrow("it is held");
});
