// Executes one notebook headless through the project's own kernel, with its progress on the terminal.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root, venvProgram } from "../steps.mjs";

/**
 * @param {{ source: string, target: string, workdir: string, env: NodeJS.ProcessEnv, say: (text: string) => void, seconds?: number }} options
 * @returns {Promise<{ notebook: any, error: string | null, seconds: number, cells: number[] }>} `cells`: seconds of each code cell
 */
export async function execute({ source, target, workdir, env, say, seconds = 3600 }) {
  const begun = Date.now();
  const child = spawn(
    venvProgram("python"),
    [join(root, "scripts/reproduce/execute.py"), source, target, workdir, String(seconds)],
    { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  child.stderr.on("data", (data) => {
    log += data;
  });
  const ended = new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const cells = [];
  let error = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line);
    if (said.error !== undefined) error = said.error;
    else {
      cells.push(said.seconds);
      say(`  cell ${said.cell} of ${said.of}: ${said.seconds.toFixed(1)} s`);
    }
  }
  const status = await ended;
  if (status !== 0 && error === null) error = log.trim().split("\n").at(-1) || `exit status ${status}`;
  const notebook = error === null || status === 1 ? readNotebook(target) : null;
  return { notebook, error, seconds: (Date.now() - begun) / 1000, cells };
}

function readNotebook(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
