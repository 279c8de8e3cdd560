import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { commandIn } from "./alright.ts";

// What nbgrader does with a course is in test/long/classroom.

const place = mkdtempSync(join(tmpdir(), "alright-classroom-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const alright = commandIn(place);

interface Cell {
  source: string | string[];
  cell_type: string;
  metadata: {
    nbgrader?: {
      grade_id: string;
      schema_version: number;
      grade: boolean;
      solution: boolean;
      points?: number;
    };
  };
}

describe("alright classroom init", () => {
  test("lays out a whole course and says what comes next", () => {
    const { status, stdout, stderr } = alright("classroom", "init", "course");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      `course: ${join(place, "course")}\nassignments: 1-gradients, 2-methods, 3-forgetting, 4-front\n` +
        "next: cd course && nbgrader generate_assignment 1-gradients\n",
    );
    expect(readdirSync(join(place, "course")).sort()).toEqual(["nbgrader_config.py", "screen.sh", "source"]);
    expect(readdirSync(join(place, "course/source/4-front")).sort()).toEqual([
      "4-front.ipynb",
      "LICENSE-WordNet.txt",
      "dpo.jsonl",
      "sft.jsonl",
    ]);
  });

  test.each([
    ["1-gradients", 10],
    ["2-methods", 10],
    ["3-forgetting", 12],
    ["4-front", 10],
  ])(
    "%s: nbgrader's format, %i points, every solution and hidden test closed, nothing run",
    (name, points) => {
      const file = join(place, "course/source", name, `${name}.ipynb`);
      const { cells, metadata } = JSON.parse(readFileSync(file, "utf8"));
      expect(metadata.kernelspec).toMatchObject({ name: "alright", language: "typescript" });
      const graded = (cells as Cell[]).flatMap(({ metadata: { nbgrader } }) => nbgrader ?? []);
      expect(new Set(graded.map(({ grade_id }) => grade_id)).size).toBe(graded.length);
      for (const { schema_version } of graded) expect(schema_version).toBe(3);
      const worth = graded.filter(({ grade }) => grade).map((cell) => cell.points!);
      expect(worth.reduce((a, b) => a + b, 0)).toBe(points);
      for (const cell of cells as (Cell & { outputs?: unknown[] })[]) {
        expect(cell.outputs ?? []).toEqual([]);
        const text = Array.isArray(cell.source) ? cell.source.join("") : cell.source;
        const marks = [...text.matchAll(/(BEGIN|END) (SOLUTION|HIDDEN TESTS)/g)].map(([mark]) => mark);
        for (let i = 0; i < marks.length; i += 2)
          expect(marks[i + 1]).toBe(marks[i]!.replace("BEGIN", "END"));
        if (marks.some((mark) => mark.endsWith("SOLUTION")))
          expect(cell.metadata.nbgrader?.solution, text).toBe(true);
      }
    },
  );

  test("an empty folder will do; one with something in it stays as it is", () => {
    mkdirSync(join(place, "empty"));
    expect(alright("classroom", "init", "empty").status).toBe(0);
    expect(readdirSync(join(place, "empty"))).toContain("source");
    mkdirSync(join(place, "full"));
    writeFileSync(join(place, "full", "marks.txt"), "mine");
    const { status, stdout, stderr } = alright("classroom", "init", "full");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/full is not empty; a course needs a folder of its own/);
    expect(readdirSync(join(place, "full"))).toEqual(["marks.txt"]);
  });

  test.skipIf(process.getuid?.() === 0)("leaves nothing where it may not write", () => {
    const locked = join(place, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    const { status, stderr } = alright("classroom", "init", "locked/course");
    chmodSync(locked, 0o700);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/locked\/course could not be written: EACCES/),
    ]);
    expect(readdirSync(locked)).toEqual([]);
  });

  test("a file in the way, and a word that is not init, are said", () => {
    writeFileSync(join(place, "file"), "");
    const blocked = alright("classroom", "init", "file/course");
    expect([blocked.status, blocked.stderr]).toEqual([1, expect.stringMatching(/file\/course/)]);
    expect(blocked.stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(place).filter((name) => name.includes(".new-"))).toEqual([]);
    const other = alright("classroom", "start", "there");
    expect([other.status, other.stderr]).toEqual([1, expect.stringMatching(/expected classroom init DIR/)]);
    expect(existsSync(join(place, "there"))).toBe(false);
  });
});
