import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../src/data/random.ts";
import { type Run, resumeRun, type SpecificationInput, train } from "../../src/index.ts";
import type { Method } from "../../src/methods/method.ts";
import type { RunEvent } from "../../src/runs/events.ts";
import { readSnapshot } from "../../src/runs/list.ts";
import { liveOwner } from "../../src/runs/owner.ts";
import { type Asking, eventsOf } from "../training/in-process.ts";
import { imports } from "../training/script.ts";

export interface Killed {
  readonly directory: string;
  /** Where each kill met the run, in words. */
  readonly kills: readonly string[];
}

export interface KillOptions {
  readonly runs: string;
  readonly random: Random;
  /** Kills wanted; fewer where the run is sooner at its end. */
  readonly kills: number;
  readonly methods?: readonly Method[];
  /** λ is steered at random moments, too. */
  readonly steer?: boolean;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A run whose trainer is killed at random moments and resumed, until it has finished. */
export async function killedRun(input: SpecificationInput, options: KillOptions): Promise<Killed> {
  const { runs, random, methods = [], steer = false } = options;
  const kills: string[] = [];
  let run = train(input, { runs, methods });
  for (;;) {
    const ended = run.done.then(
      () => "finished" as const,
      (error: Error) => error,
    );
    const wanted = kills.length < options.kills;
    const moment = wanted ? await Promise.race([ended, randomMoment(run, random, steer)]) : await ended;
    if (moment === "finished") return { directory: run.directory, kills };
    if (moment instanceof Error) throw moment;
    const pid = liveOwner(join(run.directory, "trainer.pid"));
    // Not yet the trainer of the run: there is nothing to kill yet.
    if (pid === null) continue;
    process.kill(pid, "SIGKILL");
    const end = await ended;
    if (end === "finished") return { directory: run.directory, kills };
    if (!/SIGKILL/.test(end.message)) throw end;
    const { state, step, steps } = readSnapshot(run.directory);
    kills.push(`${moment}, ${state} at step ${step} of ${steps}`);
    run = resumeRun(run.directory, { methods });
  }
}

/** While it starts, or some time after its first new step. */
async function randomMoment(run: Run, random: Random, steer: boolean): Promise<string> {
  if (random.next() < 0.25) {
    await pause(random.next() * 800);
    return "while it started";
  }
  const { step } = run.snapshot();
  await new Promise<void>((resolve) => {
    const end = run.onSnapshot((snapshot) => {
      if (snapshot.step <= step) return;
      end();
      resolve();
    });
  });
  const wait = random.next() * 400;
  const lambda = random.next();
  if (steer) setTimeout(() => run.steer({ lambda }).catch(() => {}), random.next() * wait);
  await pause(wait);
  return `${wait.toFixed(0)} ms after a step`;
}

/** The same, with the script that holds the run: both in a process group of their own, killed at once. */
export async function killedGroup(input: SpecificationInput, options: KillOptions): Promise<Killed> {
  const { runs, random } = options;
  const kills: string[] = [];
  const script = join(runs, "..", "holder.mjs");
  writeFileSync(
    script,
    `${imports}
     const options = { runs: ${JSON.stringify(runs)} };
     const [id] = process.argv.slice(2);
     const run = id ? resumeRun(id, options) : train(${JSON.stringify(input)}, options);
     console.log(run.directory);
     run.onSnapshot(({ step }) => { if (step > 0) console.log(step); });
     await run.done;`,
  );
  let directory = "";
  for (;;) {
    const holder = spawn(process.execPath, [script, ...(directory ? [directory] : [])], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { out, exited } = followed(holder);
    const code = await Promise.race([exited, kills.length < options.kills ? moment(out, random) : exited]);
    directory ||= out.lines[0] ?? "";
    if (code === 0) return { directory, kills };
    if (typeof code === "number") throw new Error(`the script ended with code ${code}: ${out.error}`);
    const trainer = directory ? liveOwner(join(directory, "trainer.pid")) : null;
    process.kill(-holder.pid!, "SIGKILL");
    await exited;
    if (trainer !== null) while (liveOwner(join(directory, "trainer.pid")) !== null) await pause(5);
    if (directory) kills.push(`the whole group, at step ${readSnapshot(directory).step}`);
  }
}

interface Output {
  readonly lines: string[];
  error: string;
}

function followed(child: ChildProcess): { out: Output; exited: Promise<number> } {
  const out: Output = { lines: [], error: "" };
  child.stdout!.setEncoding("utf8").on("data", (text: string) => out.lines.push(...text.trim().split("\n")));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    out.error += text;
  });
  const exited = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  return { out, exited };
}

async function moment(out: Output, random: Random): Promise<"now"> {
  while (out.lines.length < 2) await pause(5);
  await pause(random.next() * 400);
  return "now";
}

/** Steers another run just as this one was. */
export function asSteered(directory: string): Asking {
  const events = eventsOf({ path: directory });
  const before = new Map<number, Record<string, number>>();
  for (const event of events)
    if (event.type === "steered")
      before.set(event.step - 1, { ...before.get(event.step - 1), ...event.options });
  return ({ type, step }: RunEvent) => {
    const options = type === (step === 0 ? "evaluated" : "step") ? before.get(step) : undefined;
    return options ? { kind: "steer", options } : null;
  };
}

/** Every file below `final/`, by name. */
export function finalFiles(directory: string, names: readonly string[]): Map<string, string> {
  return new Map(
    names.map((name) => [name, readFileSync(join(directory, "final", name)).toString("base64")]),
  );
}
