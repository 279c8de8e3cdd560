import { spawn, spawnSync } from "node:child_process";
import {
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
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// A teacher who has the guide, the tarball, an empty folder and the registries, and nothing else: the guide's blocks run in
// order, in one shell, as they stand.

const root = fileURLToPath(new URL("../../../", import.meta.url));
const guide = readFileSync(join(root, "notebooks/assignments/README.md"), "utf8");
const section = /^## From nothing to a graded assignment\n([\s\S]*?)(?=^## )/m.exec(guide)![1]!;
const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);

const folder = mkdtempSync(join(tmpdir(), "alright-guide-"));
const [home, app] = [join(folder, "home"), join(folder, "class")];
const course = join(app, "course");

/** Where packages come from, as this user has it; a fresh HOME would forget it. */
function registries(): NodeJS.ProcessEnv {
  const ask = (program: string, args: string[]) =>
    spawnSync(program, args, { cwd: root, encoding: "utf8" }).stdout ?? "";
  const settings: NodeJS.ProcessEnv = {
    npm_config_registry: ask("npm", ["config", "get", "registry"]).trim(),
  };
  for (const [, key, value] of ask("python3", ["-m", "pip", "config", "list"]).matchAll(
    /^global\.([\w-]+)='(.*)'$/gm,
  ))
    settings[`PIP_${key!.toUpperCase().replaceAll("-", "_")}`] = value!.replaceAll("\\n", " ");
  return settings;
}

/** Nothing of this user's, of Jupyter's, or of the npm that runs these tests, but where packages come from. */
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^(npm_|xdg_|jupyter|alright|node_|virtual_env|pythonpath)/i.test(key),
    ),
  ),
  ...registries(),
  HOME: home,
};

const said: string[] = [];
let status: number | null = null;
const seconds: number[] = [];

beforeAll(() => {
  for (const made of [home, app]) mkdirSync(made);
  const packed = spawnSync(process.execPath, ["scripts/pack.mjs", app], { cwd: root, encoding: "utf8" });
  expect(packed.status, packed.stdout + packed.stderr).toBe(0);
  expect(readdirSync(app)).toEqual([expect.stringMatching(/^alright-ts-.*\.tgz$/)]);
  const script = blocks.map((block, i) => `${block}\necho "@ block ${i} $SECONDS"\n`).join("");
  writeFileSync(join(folder, "guide.sh"), script);
  const done = spawnSync("bash", ["-e", join(folder, "guide.sh")], {
    cwd: app,
    env,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: 1_800_000,
  });
  status = done.status;
  const [...parts] = done.stdout.split(/^@ block \d+ (\d+)\n/m);
  for (let i = 0; i < parts.length; i += 2) {
    said.push(parts[i]!);
    if (parts[i + 1]) seconds.push(Number(parts[i + 1]));
  }
  if (status !== 0) said.push(done.stderr.slice(-4000));
  console.log(`seconds since the start, after each block: ${seconds.join(", ")}`);
}, 2_400_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the guide for teachers, followed literally", () => {
  it("has blocks, and every one of them runs", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(4);
    expect(status, said.join("\n— — —\n")).toBe(0);
    expect(seconds).toHaveLength(blocks.length);
  });

  it("makes a release without solutions", () => {
    const text = readFileSync(join(course, "release/1-gradients/1-gradients.ipynb"), "utf8");
    expect(text).toMatch(/YOUR CODE HERE/);
    expect(text).not.toMatch(/BEGIN SOLUTION|BEGIN HIDDEN/);
  });

  it("ends in the points that it promises, and in feedback", () => {
    expect(section).toMatch(/earns all 10 points/);
    const [header, row] = readFileSync(join(course, "grades.csv"), "utf8").trim().split(/\r?\n/);
    const of = (name: string) => row!.split(",")[header!.split(",").indexOf(name)];
    expect([of("assignment"), of("student_id"), Number(of("score")), Number(of("max_score"))]).toEqual([
      "1-gradients",
      "ada",
      10,
      10,
    ]);
    const html = readFileSync(join(course, "feedback/ada/1-gradients/1-gradients.html"), "utf8");
    expect(html).toMatch(/Score: 10\.0 \/ 10\.0/);
  });

  it("installs into the environment, not into the teacher's home", () => {
    expect(readdirSync(home).filter((name) => /alright/i.test(name))).toEqual([]);
    expect(existsSync(join(home, ".local/share/jupyter/kernels/alright"))).toBe(false);
    expect(existsSync(join(app, ".venv/share/jupyter/kernels/alright/kernel.json"))).toBe(true);
  });

  it("names a menu that nbgrader has: JupyterLab in the course serves the Formgrader", async () => {
    expect(section).toMatch(/\*Nbgrader\* → \*Formgrader\*/);
    const port = 20_000 + (process.pid % 20_000);
    const lab = spawn(
      join(app, ".venv/bin/jupyter"),
      [
        "lab",
        "--no-browser",
        "--allow-root",
        `--port=${port}`,
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
      ],
      { cwd: course, env, stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "";
    lab.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    try {
      let page: Response | null = null;
      for (let i = 0; i < 120 && !page && lab.exitCode === null; i++) {
        page = await fetch(`http://127.0.0.1:${port}/formgrader/gradebook/1-gradients`).catch(() => null);
        if (!page) await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect(page?.status, log.slice(-3000)).toBe(200);
      const api = await fetch(`http://127.0.0.1:${port}/formgrader/api/assignment/1-gradients`);
      expect(await api.json(), log.slice(-3000)).toMatchObject({
        name: "1-gradients",
        max_score: 10,
        num_submissions: 1,
      });
    } finally {
      lab.kill();
      await new Promise((resolve) =>
        lab.exitCode === null && lab.signalCode === null ? lab.on("exit", resolve) : resolve(0),
      );
    }
  });
});
