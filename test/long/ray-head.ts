import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./cluster.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The command `ray`: of the environment that `ALRIGHT_RAY` names, or of `.venv-ray`, which is made here. Null, with a word why, where it can't
 * be installed.
 */
export function findRay(): string | null {
  const named = process.env.ALRIGHT_RAY;
  if (named) {
    if (!existsSync(named)) throw new Error(`ALRIGHT_RAY is ${named}: no such file`);
    return named;
  }
  const environment = join(root, ".venv-ray");
  const ray = join(environment, "bin", "ray");
  if (existsSync(ray)) return ray;
  try {
    execFileSync("python3", ["-m", "venv", environment], { stdio: "pipe" });
    const requirements = join(root, "scripts", "requirements-ray.txt");
    const pip = join(environment, "bin", "pip");
    execFileSync(pip, ["install", "--quiet", "--requirement", requirements], {
      stdio: "pipe",
      timeout: 600_000,
    });
    return ray;
  } catch (error) {
    rmSync(environment, { recursive: true, force: true });
    console.log(
      `Ray can't be installed here, so its tests are skipped: ${(error as Error).message.slice(0, 500)}`,
    );
    return null;
  }
}

/** A Ray cluster of one node that is there for a test. */
export class RayHead {
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #place: string;
  #said = "";

  private constructor(child: ChildProcess, address: string, place: string) {
    this.#child = child;
    this.address = address;
    this.#place = place;
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#said = (this.#said + text).slice(-4000);
      });
  }

  static async start(ray: string, cpus: number): Promise<RayHead> {
    const [gcs, dashboard, client] = await Promise.all([freePort(), freePort(), freePort()]);
    // Sockets have short names: a path of the system's own temporary directory fits.
    const place = mkdtempSync(join(tmpdir(), "ray-"));
    const args = [
      "start",
      "--head",
      "--block",
      `--port=${gcs}`,
      `--dashboard-port=${dashboard}`,
      `--ray-client-server-port=${client}`,
      "--dashboard-host=127.0.0.1",
      "--node-ip-address=127.0.0.1",
      `--num-cpus=${cpus}`,
      "--object-store-memory=100000000",
      "--disable-usage-stats",
      `--temp-dir=${place}`,
    ];
    const child = spawn(ray, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    const head = new RayHead(child, `http://127.0.0.1:${dashboard}`, place);
    for (let i = 0; i < 240; i++) {
      if (child.exitCode !== null) throw new Error(`ray start ended with ${child.exitCode}:\n${head.#said}`);
      const up = await fetch(`${head.address}/api/version`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (up) return head;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await head.stop();
    throw new Error(`Ray did not answer within two minutes:\n${head.#said}`);
  }

  /** How it ended, with the last that it said; null while it is there. */
  get ended(): string | null {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null ? null : `${exitCode ?? signalCode}: ${this.#said}`;
  }

  /** Its own processes alone: `ray stop` would end every cluster of this machine. */
  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.on("close", resolve));
    const members = descendants(this.#child.pid!);
    this.#child.kill("SIGTERM");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 15_000);
    if (this.#child.exitCode === null) await gone;
    clearTimeout(late);
    for (const pid of members)
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    rmSync(this.#place, { recursive: true, force: true });
  }
}

/** The processes below one, by /proc. */
function descendants(of: number): number[] {
  const listed = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" });
  const children = new Map<number, number[]>();
  for (const line of listed.split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid && parent) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const below = (pid: number): number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(of);
}

/** The parent of a process. */
export function parentOf(pid: number): number {
  return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }).trim());
}

/** What a process is called with. */
export function commandOf(pid: number): string {
  return execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).trim();
}
