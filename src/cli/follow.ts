import { RunDirectory } from "../runs/directory.ts";
import { encodeEvent } from "../runs/event-log.ts";
import type { Run, RunSummary } from "../training/run.ts";
import { exitCodes } from "./exit-codes.ts";
import { progressOn } from "./progress.ts";
import { digits } from "./show-number.ts";

export interface FollowOptions {
  /** Every event as a line of JSON on standard output, and what is for a person on standard error. */
  readonly json: boolean;
  /** What goes on with the run, for whoever interrupted it. */
  readonly resumeWith: string;
}

/**
 * Shows a run's way to its end. The first Ctrl-C (or SIGTERM, or the terminal's end) pauses it after its current step,
 * the second ends its process at once: then what came after its last checkpoint is computed again.
 *
 * @returns the exit code
 * @throws the run's error where it failed
 */
export async function follow(run: Run, { json, resumeWith }: FollowOptions): Promise<number> {
  const out = json ? process.stderr : process.stdout;
  const say = (line: string) => out.write(`${line}\n`);
  say(`run ${run.id} in ${run.directory}`);
  if (json) {
    line({ type: "run", id: run.id, directory: run.directory });
    run.onEvent((event) => process.stdout.write(encodeEvent(event)));
  }
  const progress = progressOn(out, process.env);
  run.onSnapshot((snapshot) => progress.show(snapshot));
  // What a resumed run has lost, or no longer promises: a damaged checkpoint, other versions.
  run.onEvent((event) => {
    if (event.type !== "resumed" || event.note === undefined) return;
    progress.end();
    process.stderr.write(`${event.note}\n`);
  });
  const interrupts = new Interrupts(run, (text) => {
    progress.end();
    process.stderr.write(`${text}\n`);
  });
  const paused = () => {
    say(`paused; go on with: ${resumeWith}`);
    return exitCodes.interrupted;
  };
  let summary: RunSummary;
  try {
    summary = await run.done;
  } catch (error) {
    if (!interrupts.forced) throw error;
    return paused();
  } finally {
    interrupts.end();
    progress.end();
  }
  if (json) line({ type: "summary", id: run.id, directory: run.directory, ...summary });
  if (summary.idealDistance !== null) say(`distance from the ideal point: ${digits(summary.idealDistance)}`);
  return summary.state === "finished" || summary.state === "stopped" ? exitCodes.done : paused();
}

function line(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What Ctrl-C does to a run, the first time and the second. */
class Interrupts {
  forced = false;
  #count = 0;
  readonly #run: Run;
  readonly #tell: (text: string) => void;

  constructor(run: Run, tell: (text: string) => void) {
    this.#run = run;
    this.#tell = tell;
    for (const signal of signals) process.on(signal, this.#hear);
  }

  end(): void {
    for (const signal of signals) process.off(signal, this.#hear);
  }

  readonly #hear = () => {
    this.#count++;
    if (this.#count === 1) {
      this.#tell("pausing after this step; once more ends the run's process at once");
      this.#run.pause().catch(() => {});
    } else if (this.#count === 2) {
      this.forced = true;
      const trainer = new RunDirectory(this.#run.directory).liveOwner();
      // One that has not begun yet ends by itself when this process is gone.
      if (trainer === null) process.exit(exitCodes.interrupted);
      process.kill(trainer, "SIGKILL");
    }
  };
}
