import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a shell would call it, in a directory. */
export function commandIn(cwd: string, env: NodeJS.ProcessEnv = process.env) {
  return (...args: string[]): Answer => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      cwd,
      env,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
}

/**
 * Calls it, and sends it signals once it has said something.
 * @param hear gets all that was said so far on both outputs, and answers with a signal where it is time for one
 */
export function signalled(
  cwd: string,
  args: readonly string[],
  hear: (said: string, sent: number) => NodeJS.Signals | null,
): Promise<Answer> {
  const child = spawn(process.execPath, [main, ...args], { cwd });
  let [stdout, stderr, sent] = ["", "", 0];
  const listen = () => {
    const signal = hear(stdout + stderr, sent);
    if (signal === null) return;
    sent++;
    child.kill(signal);
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    listen();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    listen();
  });
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, stdout, stderr })));
}

/** In a terminal of so many columns, as Python's `pty` makes one. @returns all that was drawn */
export function inTerminal(cwd: string, args: readonly string[]): Answer {
  const script = [
    "import os, pty, sys",
    "code = pty.spawn(sys.argv[1:])",
    "sys.exit(os.waitstatus_to_exitcode(code))",
  ].join("\n");
  const { status, stdout, stderr } = spawnSync("python3", ["-c", script, process.execPath, main, ...args], {
    cwd,
    env: { ...process.env, TERM: "xterm" },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}
