/** What pages tell a reader to type: TypeScript compiles as cells do, what is marked `run` runs, commands and their options exist. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { Notebook } from "../kernel/cells.ts";
import { blocksOf, pages, root } from "./pages.ts";

const place = ({ page, line }: { page: string; line: number }) => `${page}:${line}`;
const blocks = pages.flatMap(blocksOf);

describe("cells and scripts", () => {
  const typescript = pages.map((page) => blocksOf(page).filter(({ language }) => language === "ts"));

  test.each(typescript.filter((all) => all.length > 0).map((all) => [all[0]!.page, all] as const))(
    "%s",
    { timeout: 120_000 },
    (_page, cells) => {
      const notebook = new Notebook();
      const wrong = cells.flatMap((cell) => {
        const compilation = notebook.compile(cell.text);
        if (!compilation.ok) return [`${place(cell)}: ${compilation.error.evalue}`];
        notebook.commit(compilation.cell);
        return [];
      });
      expect(wrong).toEqual([]);
    },
  );

  const marked = blocks.filter(({ marks }) => marks.includes("run"));

  test("some are run", () => expect(marked.length).toBeGreaterThan(0));

  test.each(marked.map((block) => [place(block), block] as const))("%s runs", (_place, { text }) => {
    // Below the repository, so that `alright-ts` is this library.
    mkdirSync(join(root, ".cache"), { recursive: true });
    const folder = mkdtempSync(join(root, ".cache/docs-"));
    try {
      const { outputText } = ts.transpileModule(text, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
      });
      writeFileSync(join(folder, "script.mjs"), outputText);
      const { status, stderr } = spawnSync(process.execPath, ["script.mjs"], {
        cwd: folder,
        encoding: "utf8",
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("commands", () => {
  const helps = new Map<string, string>();
  /** What `alright COMMAND --help` says; "" where there is no such command. */
  const help = (command: string): string => {
    if (!helps.has(command)) {
      const args = [join(root, "dist/src/cli/main.js"), command, "--help"];
      const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
      helps.set(command, status === 0 ? stdout : "");
    }
    return helps.get(command)!;
  };
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };

  const lines = blocks
    .filter(({ language }) => language === "sh" || language === "console")
    .flatMap((block) =>
      block.text
        .replaceAll("\\\n", " ")
        .split("\n")
        .filter((line) => block.language === "sh" || line.startsWith("$ "))
        .map(
          (line) =>
            [
              place(block),
              line
                .replace(/^\$ /, "")
                .replace(/\s+#.*$/, "")
                .trim(),
            ] as const,
        ),
    )
    .filter(([, line]) => line !== "");

  test.each(lines)("%s: %s", (_place, line) => {
    for (const part of line.split(/\s+&&\s+/)) {
      const words = part.split(/\s+/).filter((word, i) => !(i === 0 && /^[A-Z_]+=/.test(word)));
      const [program, ...rest] = words[0] === "npx" ? words.slice(1) : words;
      if (program === "alright") {
        const [command = "", ...args] = rest;
        const says = command.startsWith("-") ? "" : help(command);
        expect(says, `alright ${command} is a command`).not.toBe("");
        const options = args.flatMap((word) => /^--[\w-]+/.exec(word) ?? []);
        for (const option of options)
          expect(says, `alright ${command} has ${option}`).toContain(`${option} `);
      } else if (program === "npm") {
        const [verb, script] = rest;
        if (verb === "run") expect(scripts).toHaveProperty([script!]);
        else expect(["start", "test", "install"]).toContain(verb);
        if (script === "bench") expect(existsSync(join(root, `bench/${rest[3]}.ts`))).toBe(true);
      }
    }
  });

  test("there are some", () => expect(lines.length).toBeGreaterThan(10));
});
