import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadTextModel } from "../../src/index.ts";
import { writeTinyModel } from "../training/tiny-model.ts";

const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "alright-generate-"));
const model = join(directory, "model");
beforeAll(() => writeTinyModel(model, 8192));
afterAll(() => rmSync(directory, { recursive: true }));

function generate(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [main, "generate", "--threads", "1", ...args],
    {
      cwd: directory,
      encoding: "utf8",
    },
  );
  return { status, stdout, stderr };
}

describe("alright generate", () => {
  test("writes the text that the library gives", async () => {
    const text = await loadTextModel(model, { threads: 1 });
    const [expected] = await text.generate("plum", { maxTokens: 12 }).texts();
    await text.dispose();
    const { status, stdout, stderr } = generate("--model", model, "--prompt", "plum", "--max-tokens", "12");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout.trimEnd()).toBe(expected!.trimEnd());
  });

  test("--json gives one object a line, in the prompts' order; texts follow one another without it", () => {
    writeFileSync(
      join(directory, "prompts.jsonl"),
      '{"prompt":"plum"}\n\n{"prompt":"a fig"}\n{"prompt":"pear"}\n',
    );
    const args = [
      "--model",
      "model",
      "--prompts",
      "prompts.jsonl",
      "--max-tokens",
      "9",
      "--temperature",
      "1",
      "--seed",
      "4",
    ];
    const { status, stdout } = generate(...args, "--json");
    expect(status).toBe(0);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ prompt }) => prompt)).toEqual(["plum", "a fig", "pear"]);
    for (const { ended, tokens } of rows) {
      expect(ended).toMatch(/^(end|length)$/);
      expect(tokens).toBeGreaterThan(0);
    }
    const texts = rows.map(({ text }) => (text.endsWith("\n") ? text : `${text}\n`));
    expect(generate(...args).stdout).toBe(texts.join("\n"));
    expect(generate(...args, "--json").stdout).toBe(stdout);
  });

  test("--stop, --raw and --template act", () => {
    const text = (...args: string[]) =>
      generate("--model", "model", "--max-tokens", "30", "--json", ...args).stdout;
    const whole = JSON.parse(text("--prompt", "plum"));
    const stop = whole.text.slice(4, 8);
    const cut = JSON.parse(text("--prompt", "plum", "--stop", "never there", "--stop", stop));
    expect([cut.text, cut.ended]).toEqual([whole.text.slice(0, whole.text.indexOf(stop)), "stop"]);
    const raw = JSON.parse(text("--prompt", "User: plum\nAssistant: ", "--raw"));
    expect(raw.text).toBe(whole.text);
    const other = JSON.parse(text("--prompt", "plum", "--template", "{prompt}"));
    expect(other.text).not.toBe(whole.text);
  });

  test("--help says how it is called", () => {
    const { status, stdout } = generate("--help");
    expect(status).toBe(0);
    expect(stdout).toMatch(/--top-p/);
  });

  test("Ctrl-C ends it with exit code 130, and what was written stays", async () => {
    const args = [
      "generate",
      "--model",
      model,
      "--prompt",
      "plum",
      "--max-tokens",
      "8000",
      "--temperature",
      "3",
      "--threads",
      "1",
    ];
    const child = spawn(process.execPath, [main, ...args]);
    let output = "";
    let sent = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (!sent && output.length > 20) sent = child.kill("SIGINT");
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, output.length > 20]).toEqual([130, true]);
  });

  const errors: [string, string[], RegExp][] = [
    ["no model", ["--prompt", "x"], /needs --model M or --run/],
    ["no prompt", ["--model", "model"], /--prompt TEXT or --prompts/],
    ["both prompts", ["--model", "model", "--prompt", "x", "--prompts", "y"], /--prompt TEXT or --prompts/],
    ["an unknown model", ["--model", "pythia-tini", "--prompt", "x"], /did you mean "pythia-tiny"\?/],
    ["an unknown run", ["--run", "nobody", "--prompt", "x"], /nobody: no run is there/],
    ["a missing file", ["--model", "model", "--prompts", "none.jsonl"], /none\.jsonl: no such file/],
    ["the toy", ["--model", "toy:conflict", "--prompt", "x"], /it has no words/],
    [
      "no number",
      ["--model", "model", "--prompt", "x", "--top-p", "most"],
      /--top-p is "most"; expected a number/,
    ],
    ["out of range", ["--model", "model", "--prompt", "x", "--top-p", "2"], /topP is 2; expected/],
    ["an unknown option", ["--modl", "x"], /--modl/],
  ];
  test.each(errors)(
    "%s: exit 1, at most six lines on standard error, no stack frames",
    (_, args, expected) => {
      const { status, stdout, stderr } = generate(...args);
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(expected);
      expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(6);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  test("a row without a prompt is named by file and line", () => {
    writeFileSync(join(directory, "bad.jsonl"), '{"prompt":"x"}\n{"text":"y"}\n');
    expect(generate("--model", "model", "--prompts", "bad.jsonl").stderr).toMatch(
      /bad\.jsonl:2: "prompt" is undefined/,
    );
  });
});
