import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ExecutorError } from "../../src/executors/error.ts";
import type { SlurmCommand } from "../../src/executors/slurm-commands.ts";
import { freePort } from "./cluster.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const packages = [
  "slurmctld",
  "slurmd",
  "slurm-client",
  "slurm-wlm-basic-plugins",
  "libmunge2",
  "libhwloc15",
];

/** Debian's packages of Slurm, unpacked beside the repository's other caches and not installed; null, with a word why, where that can't be. */
export function findSlurm(): string | null {
  const place = join(root, ".cache", "slurm");
  if (existsSync(join(place, "usr", "bin", "sbatch"))) return place;
  try {
    if (process.getuid?.() !== 0) throw new Error("its daemon starts jobs as other users, which takes root");
    const debs = join(place, "debs");
    mkdirSync(debs, { recursive: true });
    execFileSync("apt-get", ["download", ...packages], { cwd: debs, stdio: "pipe", timeout: 120_000 });
    for (const deb of readdirSync(debs))
      execFileSync("dpkg", ["-x", join(debs, deb), place], { stdio: "pipe" });
    return place;
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    console.log(
      `Slurm can't be had here, so its tests are skipped: ${(error as Error).message.slice(0, 300)}`,
    );
    return null;
  }
}

/** A Slurm cluster of this machine alone, without accounting, that is there for a test. */
export class SlurmCluster {
  readonly command: SlurmCommand;
  readonly #daemons: ChildProcess[];
  readonly #place: string;

  private constructor(daemons: ChildProcess[], command: SlurmCommand, place: string) {
    this.#daemons = daemons;
    this.command = command;
    this.#place = place;
  }

  static async start(slurm: string, cpus: number): Promise<SlurmCluster> {
    const place = mkdtempSync(join(tmpdir(), "slurm-"));
    const libraries = join(slurm, "usr", "lib", "x86_64-linux-gnu");
    const node = hostname().split(".")[0]!;
    const config = join(place, "slurm.conf");
    const [controller, daemon] = await Promise.all([freePort(), freePort()]);
    for (const name of ["state", "spool"]) mkdirSync(join(place, name));
    writeFileSync(
      config,
      `${[
        "ClusterName=test",
        `SlurmctldHost=${node}(127.0.0.1)`,
        "AuthType=auth/none",
        "CredType=cred/none",
        `PluginDir=${join(libraries, "slurm-wlm")}`,
        "SlurmUser=root",
        "SlurmdUser=root",
        `StateSaveLocation=${join(place, "state")}`,
        `SlurmdSpoolDir=${join(place, "spool")}`,
        `SlurmctldPidFile=${join(place, "slurmctld.pid")}`,
        `SlurmdPidFile=${join(place, "slurmd.pid")}`,
        `SlurmctldPort=${controller}`,
        `SlurmdPort=${daemon}`,
        "ProctrackType=proctrack/linuxproc",
        "TaskPlugin=task/none",
        "SwitchType=switch/none",
        "MpiDefault=none",
        "SelectType=select/cons_tres",
        "SelectTypeParameters=CR_Core",
        "AccountingStorageType=accounting_storage/none",
        "JobAcctGatherType=jobacct_gather/none",
        "ReturnToService=2",
        `NodeName=${node} NodeAddr=127.0.0.1 CPUs=${cpus} State=UNKNOWN`,
        `PartitionName=debug Nodes=${node} Default=YES MaxTime=INFINITE State=UP`,
      ].join("\n")}\n`,
    );
    const env = {
      ...process.env,
      LD_LIBRARY_PATH: [join(libraries, "slurm-wlm"), libraries].join(":"),
      SLURM_CONF: config,
    };
    const sbin = (name: string) => join(slurm, "usr", "sbin", `${name}-wlm`);
    const daemons = [
      spawn(sbin("slurmctld"), ["-D", "-f", config], { env, stdio: "ignore" }),
      spawn(sbin("slurmd"), ["-D", "-f", config, "-d", sbin("slurmstepd"), "-N", node], {
        env,
        stdio: "ignore",
      }),
    ];
    const command: SlurmCommand = async (name, args) => {
      try {
        return (await promisify(execFile)(join(slurm, "usr", "bin", name), [...args], { env })).stdout;
      } catch (error) {
        throw new ExecutorError(
          `${name}: ${(error as { stderr?: string }).stderr ?? (error as Error).message}`,
        );
      }
    };
    const cluster = new SlurmCluster(daemons, command, place);
    for (let i = 0; i < 120; i++) {
      const states = await command("sinfo", ["--noheader", "--format=%t"]).catch(() => "");
      if (/^(idle|mix)\s*$/m.test(states)) return cluster;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await cluster.stop();
    throw new Error("Slurm had no idle node within a minute");
  }

  async stop(): Promise<void> {
    await this.command("scancel", ["--full", "--signal=KILL", "--user=root"]).catch(() => "");
    for (const daemon of this.#daemons) {
      if (daemon.exitCode !== null) continue;
      const gone = new Promise((resolve) => daemon.on("close", resolve));
      daemon.kill("SIGTERM");
      await gone;
    }
    rmSync(this.#place, { recursive: true, force: true });
  }
}
