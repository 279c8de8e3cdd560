import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { train } from "../../src/index.ts";
import { compactRun, readCompact } from "../../src/paper/index.ts";

// `npm run reproduce -- --full`: all of the grid again, in parts. Here the grid is three runs of the toy.

const folder = mkdtempSync(join(tmpdir(), "alright-parts-"));
const names = ["a-seed0", "b-seed0", "c-seed1"];
interface Point {
  experiment: string;
  run: { id: string; seed: number };
}
const points: Point[] = [];
const { rerun } = await import(new URL("../../scripts/reproduce/rerun.mjs", import.meta.url).href);

beforeAll(async () => {
  for (const [i, name] of names.entries()) {
    const specification = {
      model: "toy:conflict",
      data: {},
      method: { name: "alright", lambda: 0.2 + 0.2 * i },
      steps: 40,
      evaluation: { every: 10 },
      seed: Number(name.at(-1)),
    };
    const run = train(specification, { runs: join(folder, "first") });
    await run.done;
    compactRun(run.directory, join(folder, "shipped"), name);
    const made = readCompact(join(folder, "shipped", name));
    points.push({ experiment: "toy", run: { id: `toy/${name}`, seed: specification.seed, ...made } });
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the whole grid in parts", () => {
  const part = async (of: readonly Point[], minutes: number, into: string) => {
    const said: string[] = [];
    const options = { folder: join(folder, into), minutes, processes: 1, whole: true };
    const results = await rerun(of, { ...options, say: (line: string) => said.push(line) });
    return { results, said };
  };

  it("goes on where a part was stopped, and makes no run twice", { timeout: 120_000 }, async () => {
    const first = await part(points.slice(0, 2), 5, "parts");
    expect(first.results.map(({ seconds }: { seconds: number }) => seconds > 0)).toEqual([true, true]);
    const second = await part(points, 5, "parts");
    expect(second.results.map(({ seconds }: { seconds: number }) => seconds > 0)).toEqual([
      false,
      false,
      true,
    ]);
    // What is there is still held against the shipped run.
    expect(second.said.map((line) => line.replace(/\(.*\)/, ""))).toEqual(
      names.map((name) => `  toy/${name} : the same to the last bit`),
    );
    expect(readdirSync(join(folder, "parts", "toy")).sort()).toEqual(names);
  });

  it("begins none that would not end in time", async () => {
    const { results, said } = await part(points, 0.5, "late");
    expect(results).toEqual([null, null, null]);
    expect(said).toEqual([]);
  });
});
