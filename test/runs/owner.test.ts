import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createRunDirectory } from "../../src/runs/directory.ts";
import { liveOwner, releaseOwnership, takeOwnership } from "../../src/runs/owner.ts";
import { toySpecification } from "../../src/runs/toy-defaults.ts";

const place = mkdtempSync(join(tmpdir(), "alright-owner-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(place, { recursive: true });
});

const built = new URL("../../dist/src/runs/owner.js", import.meta.url).href;

test("300 runs of one name in the same moments have 300 directories", () => {
  const specification = toySpecification({ model: "toy:conflict", method: { name: "mix" } });
  const record = { specification, workingDirectory: place, versions: {}, methodHash: null };
  const runs = join(place, "runs");
  const ids = Array.from({ length: 300 }, () => createRunDirectory(runs, record).record.id);
  expect(new Set(ids).size).toBe(300);
  for (const id of ids)
    expect(readdirSync(join(runs, id)).sort()).toEqual(["checkpoints", "events.jsonl", "run.json"]);
});

test("the file of a process that is gone does not hold its place, nor does another process with its id", () => {
  const file = join(place, "gone.pid");
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  writeFileSync(file, `${pid}\n`);
  expect(liveOwner(file)).toBe(null);
  // Alive, but started at another time than the owner.
  writeFileSync(file, `${process.pid}\nthis-boot/1\n`);
  expect(liveOwner(file)).toBe(null);
  takeOwnership(file);
  expect(liveOwner(file)).toBe(process.pid);
  expect(readFileSync(file, "utf8").split("\n")[0]).toBe(String(process.pid));
  releaseOwnership(file);
  expect(liveOwner(file)).toBe(null);
  expect(readdirSync(place).filter((name) => name.startsWith("gone"))).toEqual([]);
});

test("of eight processes that reach for a run at once, one gets it and the others are told which", async () => {
  const file = join(place, "wanted.pid");
  for (const stale of [false, true]) {
    rmSync(file, { force: true });
    if (stale) writeFileSync(file, `${spawnSync(process.execPath, ["-e", ""]).pid}\nlong-ago\n`);
    const at = Date.now() + 1500;
    const script = `
      const { takeOwnership } = await import(${JSON.stringify(built)});
      while (Date.now() < ${at}) {}
      try { takeOwnership(${JSON.stringify(file)}); console.log("mine"); setInterval(() => {}, 1000); }
      catch (error) { console.log(error.message); process.exit(0); }`;
    const said = await Promise.all(
      Array.from({ length: 8 }, () => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        children.push(child);
        return new Promise<[number, string]>((resolve) => {
          child.stdout!.once("data", (text) => resolve([child.pid!, String(text).trim()]));
        });
      }),
    );
    const winners = said.filter(([, text]) => text === "mine");
    expect(winners).toHaveLength(1);
    const [winner] = winners[0]!;
    expect(liveOwner(file)).toBe(winner);
    for (const [pid, text] of said)
      if (pid !== winner) expect(text).toMatch(/^process \d+ trains this run now \(.*wanted\.pid\)$/);
    for (const child of children.splice(0)) child.kill("SIGKILL");
  }
});
