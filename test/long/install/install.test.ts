import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FreshUser, files, python } from "./fresh-user.ts";

if (!existsSync(python)) console.log("no .venv (npm run setup): the installed kernel runs no cell here");

const user = new FreshUser("install");
const { app, home } = user;
const prefix = join(user.folder, "prefix");
const alright = (...args: string[]) => user.alright(...args);

beforeAll(() => {
  mkdirSync(prefix);
  user.npmInstall(user.pack());
}, 600_000);
afterAll(() => rmSync(user.folder, { recursive: true, force: true }));

describe("the packed package, installed into an empty folder by a fresh user", () => {
  it("takes 150 MB at most, without onnxruntime's other platforms", () => {
    const others = /[\\/]onnxruntime-node[\\/]bin[\\/]napi-v\d+[\\/](\w+)[\\/](\w+)[\\/]/;
    const counted = files(join(app, "node_modules")).filter((file) => {
      const [, platform, arch] = others.exec(file) ?? [];
      return platform === undefined || (platform === process.platform && arch === process.arch);
    });
    const bytes = counted.reduce((sum, file) => sum + statSync(file).size, 0);
    console.log(`installed: ${(bytes / 1e6).toFixed(1)} MB in ${counted.length} files`);
    expect(bytes).toBeGreaterThan(50e6);
    expect(bytes).toBeLessThanOrEqual(150e6);
  });

  it("brings the licences of what is inside it", () => {
    const bundled = join(app, "node_modules/alright-ts/node_modules");
    for (const name of readdirSync(bundled).filter((entry) => !entry.startsWith(".")))
      expect(readdirSync(join(bundled, name)).join(" "), name).toMatch(/licen[cs]e/i);
  });

  it("is a library whose data frames and training work", () => {
    const script = join(app, "use.mjs");
    writeFileSync(
      script,
      `import { runs, train } from "alright-ts";
      const run = train({
        model: "pythia-tiny",
        data: { sft: "wordnet-sft", dpo: "wordnet-preferences" },
        method: { name: "alright", lambda: 0.5 },
        steps: 2,
        threads: 1,
        ideal: null,
      });
      const { losses } = await run.done;
      console.log(JSON.stringify({ losses, shape: runs().shape }));`,
    );
    const { losses, shape } = JSON.parse(user.output(process.execPath, [script]).trim().split("\n").at(-1)!);
    for (const loss of [losses.dpo, losses.sft]) expect(Number.isFinite(loss)).toBe(true);
    expect(shape[0]).toBe(1);
  });

  it.skipIf(!existsSync(python))("writes a kernel spec whose kernel runs a cell", () => {
    alright("install", "--prefix", prefix);
    const cell =
      'import { letters } from "./letters.ts";\nconst answer: number = 6 * 7;\nconsole.log(answer, letters);';
    writeFileSync(join(app, "letters.ts"), 'export const letters: string = "λ";\n');
    const jupyter = { JUPYTER_PATH: join(prefix, "share/jupyter") };
    expect(user.cells([cell], app, { env: jupyter })).toEqual([
      { status: "ok", stdout: "42 λ\n", stderr: "" },
    ]);
  });

  it("is upgraded in place, and uninstalled without a trace", () => {
    for (const [where, data] of [
      [["--prefix", prefix], prefix],
      [["--user"], join(home, process.platform === "darwin" ? "Library/Jupyter" : ".local/share/jupyter")],
    ] as const) {
      alright("install", ...where);
      const first = files(data);
      expect(first.filter((file) => file.endsWith("kernel.json"))).toHaveLength(1);
      alright("install", ...where);
      expect(files(data)).toEqual(first);
      alright("uninstall", ...where);
      expect(existsSync(data) ? readdirSync(data) : []).toEqual([]);
    }
  });
});
