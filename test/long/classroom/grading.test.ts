import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findNbgrader, root } from "./environment.ts";
import { submissions } from "./submissions.ts";

// nbgrader itself, with the course as `alright classroom init` lays it out and the kernel in a folder of its own.

const bin = findNbgrader();
const assignments = ["1-gradients", "2-methods", "3-forgetting", "4-front"];
/** What the solutions earn without a teacher: 3 points of 3-forgetting are for a text. */
const automatic = { "1-gradients": 10, "2-methods": 10, "3-forgetting": 9, "4-front": 10 };

interface Cell {
  source: string | string[];
  outputs?: { output_type: string; name?: string; text?: string | string[] }[];
  metadata: { nbgrader?: { grade_id: string; locked: boolean } };
}

const joined = (text: string | string[] = "") => (Array.isArray(text) ? text.join("") : text);

describe.skipIf(!bin)("a course", () => {
  const place = mkdtempSync(join(tmpdir(), "alright-course-"));
  const course = join(place, "course");
  const env = {
    ...process.env,
    HOME: place,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    JUPYTER_PATH: join(place, "prefix", "share", "jupyter"),
  };
  const alright = (...args: string[]) =>
    execFileSync(process.execPath, [join(root, "dist/src/cli/main.js"), ...args], { env, encoding: "utf8" });
  const nbgrader = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("nbgrader", args, { cwd: course, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`nbgrader ${args.join(" ")}:\n${(stdout + stderr).slice(-4000)}`);
  };
  const read = (file: string) => JSON.parse(readFileSync(file, "utf8")) as { cells: Cell[] };
  const cellsOf = (student: string, assignment = "1-gradients") =>
    read(join(course, "autograded", student, assignment, `${assignment}.ipynb`)).cells;

  /** Hands in the solution with some of its cells replaced. */
  const handIn = (student: string, assignment: string, cells: Readonly<Record<string, string>> = {}) => {
    const folder = join(course, "submitted", student, assignment);
    mkdirSync(folder, { recursive: true });
    cpSync(join(course, "source", assignment), folder, { recursive: true });
    const file = join(folder, `${assignment}.ipynb`);
    const notebook = read(file);
    for (const cell of notebook.cells) {
      const id = cell.metadata.nbgrader?.grade_id;
      if (id !== undefined && Object.hasOwn(cells, id)) cell.source = cells[id]!;
    }
    writeFileSync(file, JSON.stringify(notebook));
  };

  /** Points by assignment and student, as nbgrader exports them. */
  const points = () => {
    nbgrader("export");
    const [header, ...rows] = readFileSync(join(course, "grades.csv"), "utf8")
      .trim()
      .split(/\r?\n/)
      .map((row) => row.split(","));
    const [a, s, p] = ["assignment", "student_id", "score"].map((name) => header!.indexOf(name));
    return new Map(rows.map((row) => [`${row[a!]} ${row[s!]}`, Number(row[p!])]));
  };

  beforeAll(() => {
    alright("install", "--prefix", join(place, "prefix"));
    alright("classroom", "init", course);
  });
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  test("is laid out whole, and never over something", () => {
    expect(readdirSync(course).sort()).toEqual(["nbgrader_config.py", "screen.sh", "source"]);
    expect(readdirSync(join(course, "source"))).toEqual(assignments);
    expect(() => alright("classroom", "init", course)).toThrow(/is not empty/);
  });

  test("gives students neither solutions nor hidden tests", () => {
    for (const assignment of assignments) {
      nbgrader("generate_assignment", assignment);
      const text = readFileSync(join(course, "release", assignment, `${assignment}.ipynb`), "utf8");
      expect(text).toMatch(/YOUR CODE HERE/);
      expect(text).not.toMatch(/BEGIN SOLUTION|BEGIN HIDDEN/);
    }
  });

  test.each(assignments)("%s: the solution earns all points that a machine gives", (assignment) => {
    handIn("teacher", assignment);
    nbgrader("autograde", assignment, "--student=teacher");
    expect(points().get(`${assignment} teacher`)).toBe(automatic[assignment as keyof typeof automatic]);
  });

  const handedIn = Object.entries(submissions).flatMap(([assignment, of]) =>
    Object.entries(of).map(([kind, submission]) => ({ assignment, kind, ...submission })),
  );
  test.each(handedIn)("$assignment, $kind: $points points", ({ assignment, kind, points: worth, cells }) => {
    const student = kind.replaceAll(/[^\w]+/gu, "-");
    handIn(student, assignment, cells);
    // The course's own limit is a minute; an endless loop need not take all of it.
    const limit = kind === "endless" ? ["--Execute.timeout=30"] : [];
    nbgrader("autograde", assignment, `--student=${student}`, ...limit);
    expect(points().get(`${assignment} ${student}`)).toBe(worth);
  });

  test("nothing of the course was seen by a submission", () => {
    const printed = cellsOf("reads-the-solution").flatMap(({ outputs = [] }) => outputs);
    const text = printed.map((output) => joined(output.text)).join("");
    const isScreened = spawnSync("unshare", ["--user", "--map-root-user", "--mount", "true"]).status === 0;
    if (!isScreened) console.log("no user namespaces here: a submission can read the course's files");
    expect(text).toContain(isScreened ? "hidden" : "seen");
  });

  test("feedback says what was expected and what was found", () => {
    nbgrader("generate_feedback", "1-gradients", "--student=wrong");
    const html = readFileSync(join(course, "feedback", "wrong", "1-gradients", "1-gradients.html"), "utf8");
    expect(html).toMatch(/expected 0\.05.*found 0/);
  });
});
