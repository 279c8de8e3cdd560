import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a script begins with: the library, and a way to say errors. */
export const imports = `
  import { defineMethod, resumeRun, step, train } from ${JSON.stringify(new URL("../../dist/src/index.js", import.meta.url).href)};
  const say = (error) => console.log(error.name + ": " + error.message);`;

/** What makes calls of node:fs fail in a process, or kills it there (see faults/preload.mjs). */
export interface Fault {
  /** A function of node:fs, or `promises.NAME`. */
  readonly call: string;
  /** A regular expression that the call's path matches. */
  readonly path: string;
  readonly nth?: number;
  /** Also the calls after the nth one, as on a full disk. */
  readonly from?: boolean;
  readonly act: "kill-before" | "kill-after" | "ENOSPC" | "EROFS" | "EIO";
}

/** The environment that puts a fault into the processes that are started with it. */
export function faulty({ nth = 1, ...fault }: Fault): Record<string, string> {
  const preload = new URL("faults/preload.mjs", import.meta.url).href;
  return { NODE_OPTIONS: `--import ${preload}`, FAULT: JSON.stringify({ ...fault, nth }) };
}

/** Starts something whose trainer process has a fault; processes that are started later have none. */
export function withFault<T>(fault: Fault, start: () => T): T {
  const env = faulty(fault);
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
  Object.assign(process.env, env);
  try {
    return start();
  } finally {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
}

/**
 * Runs a script that has `train` and `resumeRun`, in a process of its own.
 * @param options.shell commands before it in the same shell, such as `ulimit -f 10;`
 */
export function runScript(
  directory: string,
  code: string,
  options: { shell?: string; env?: Record<string, string>; uid?: number } = {},
): SpawnSyncReturns<string> {
  const file = join(directory, `script-${process.pid}.mjs`);
  writeFileSync(file, `${imports}\n${code}\n`);
  const command = `${options.shell ?? ""} exec ${JSON.stringify(process.execPath)} ${JSON.stringify(file)}`;
  return spawnSync("bash", ["-c", command], {
    encoding: "utf8",
    cwd: directory,
    env: { ...process.env, ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
}
