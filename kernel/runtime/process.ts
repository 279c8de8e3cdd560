import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { compiledFile } from "../../src/compiled.ts";
import { signalCause } from "../../src/signal-cause.ts";
import { MALLOC } from "../spec.ts";
import { PacketReader } from "./frames.ts";
import { endGroup } from "./group.ts";
import { Merge } from "./merge.ts";
import type { Order, Outcome, Report } from "./messages.ts";
import type { Answer } from "./stop-flag.ts";

type Execute = Extract<Order, { type: "execute" }>;

export interface UserProcessEvents {
  onReport(report: Report): void;
  /** Text that native code or a child process wrote past the console. */
  onText(name: "stdout" | "stderr", text: string): void;
  /** The process is gone, with everything its cells had made; a new one has been started. */
  onLost(): void;
}

/** How long a cell may take to end after an interrupt before its process is killed, and before SIGINT is tried, in ms. */
const KILL_AFTER = 3000;
const SIGNAL_AFTER = 100;
/** How long the process may take to hear that it is to end, and then to pause its runs, in ms. */
const HEAR_END = 1500;
const PAUSE_RUNS = 5000;
/** How long its pipes may stay open after its end (a process that it has made independent may hold them), in ms. */
const PIPES_OPEN = 500;

/** The process that runs the cells: started, fed, interrupted and, as the last resort, killed and started again. */
export class UserProcess {
  readonly #events: UserProcessEvents;
  #child: ChildProcess;
  readonly #running = new Map<number, { order: Execute; settle: (outcome: Outcome) => void }>();
  /** Cells up to this id have been interrupted. */
  #interrupted = 0;
  #killed: string | null = null;
  #ladder: NodeJS.Timeout[] = [];
  #held = false;
  #closing = false;
  #onEnding: () => void = () => {};

  constructor(events: UserProcessEvents) {
    this.#events = events;
    this.#child = this.#start();
  }

  #start(): ChildProcess {
    const token = randomUUID();
    const child = fork(compiledFile("./main.js", import.meta.url), [], {
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe", "pipe"],
      serialization: "advanced",
      execArgv: ["--experimental-import-meta-resolve"],
      env: { ...process.env, ALRIGHT_MARK: token, ...MALLOC },
      // A process group of its own, with all that cells start: see endGroup.
      detached: process.platform !== "win32",
    });
    const merge = new Merge<Report>(
      token,
      (report) => this.#report(report),
      (name, text) => this.#events.onText(name, text),
    );
    const reader = new PacketReader();
    (child.stdio[4] as Readable).on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk, (report) => merge.report(report as Report));
      } catch (error) {
        this.#kill(child, `its pipe to the kernel was damaged (${(error as Error).message})`);
      }
    });
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.on("data", (chunk: Buffer) => merge.text(name, chunk));
    }
    // A killed process resets its pipes; "close" tells of it.
    for (const stream of child.stdio) stream?.on("error", () => {});
    child.on("error", () => {});
    child.on("exit", () => {
      // What its cells have started holds its pipes open, and would be left behind.
      if (child.pid) endGroup(child.pid);
      const cut = () => {
        // What is held back is still to be read.
        if (this.#held) setTimeout(cut, PIPES_OPEN).unref();
        else for (const stream of child.stdio) stream?.destroy();
      };
      setTimeout(cut, PIPES_OPEN).unref();
    });
    // "close" comes after the pipes have ended: no report is lost.
    child.on("close", (code, signal) => {
      merge.end();
      this.#lost(child, code, signal);
    });
    if (this.#held) this.#hold(child, true);
    return child;
  }

  #report(report: Report): void {
    if (report.type === "interrupting" && report.id >= this.#interrupted && this.#running.size > 0) {
      const child = this.#child;
      this.#clearLadder();
      this.#ladder.push(
        setTimeout(() => this.#kill(child, unstopped(report.patience)), report.patience * 1000),
      );
    }
    if (report.type === "ending") this.#onEnding();
    this.#events.onReport(report);
    if (report.type === "done") this.#settle(report.id, report.outcome);
  }

  #settle(id: number, outcome: Outcome): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    if (![...this.#running.keys()].some((one) => one <= this.#interrupted)) this.#clearLadder();
    running?.settle(outcome);
  }

  #lost(child: ChildProcess, code: number | null, signal: string | null): void {
    if (child !== this.#child || this.#closing) return;
    const how =
      this.#killed ??
      `it ended by itself (${signal ? `signal ${signal}` : `exit code ${code}`})${signalCause(signal)}`;
    this.#killed = null;
    this.#clearLadder();
    this.#child = this.#start();
    this.#events.onLost();
    const text = `The process that runs the cells was lost: ${how}. A new one has been started; all variables are lost, so run the cells again. Runs that were going on write a checkpoint and pause: %runs all lists them, %resume ID goes on with one.`;
    if (this.#running.size === 0) this.#events.onText("stderr", `${text}\n`);
    for (const id of [...this.#running.keys()]) {
      this.#settle(id, {
        status: "error",
        assigned: [],
        ename: "ProcessLost",
        evalue: text,
        traceback: [`ProcessLost: ${text}`],
      });
    }
  }

  /**
   * Runs one cell. Cells that are sent while another runs take turns with it where that one waits.
   *
   * @param onEnd called at once when it has ended, before anything that comes after it
   */
  execute(order: Execute, onEnd: (outcome: Outcome) => void): Promise<Outcome> {
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        onEnd(outcome);
        resolve(outcome);
      };
      this.#running.set(order.id, { order, settle });
      this.send(order);
    });
  }

  send(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  /** Heard at once by the process's second thread, also while the first one spins or waits for `prompt`. */
  tell(message: Answer | { readonly interrupt: number }): void {
    const pipe = (this.#child.stdio as readonly unknown[] as readonly (Writable | null)[])[5];
    if (pipe?.writable) pipe.write(`${JSON.stringify(message)}\n`);
  }

  /** Leaves the process's output in its pipes, where it blocks, until it is released. */
  hold(held: boolean): void {
    this.#held = held;
    this.#hold(this.#child, held);
  }

  #hold(child: ChildProcess, held: boolean): void {
    for (const stream of [child.stdout, child.stderr, child.stdio[4] as Readable]) {
      if (held) stream?.pause();
      else stream?.resume();
    }
  }

  /**
   * The ladder, for all cells that run: a message that aborts awaits, cancels timers and pauses runs, and a flag for
   * loops after an await and for code that prints; SIGINT where neither is heard (synchronous code); and the end of
   * the process where nothing helps within three seconds.
   */
  interrupt(): void {
    if (this.#running.size === 0) return;
    const child = this.#child;
    const last = Math.max(...this.#running.keys());
    this.#interrupted = last;
    this.#clearLadder();
    this.send({ type: "interrupt", id: last });
    this.tell({ interrupt: last });
    this.#ladder.push(
      setTimeout(() => child.kill("SIGINT"), SIGNAL_AFTER),
      setTimeout(() => this.#kill(child, unstopped(KILL_AFTER / 1000)), KILL_AFTER),
    );
  }

  #kill(child: ChildProcess, why: string): void {
    this.#killed ??= why;
    if (child.pid) endGroup(child.pid);
  }

  #clearLadder(): void {
    for (const timer of this.#ladder) clearTimeout(timer);
    this.#ladder = [];
  }

  /** Lets runs pause, then ends the process with all that cells have started; one that hangs is killed. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#clearLadder();
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const kill = () => child.pid && endGroup(child.pid);
    const timers = [setTimeout(kill, HEAR_END), setTimeout(kill, PAUSE_RUNS)];
    this.#onEnding = () => clearTimeout(timers[0]);
    // Its last words are not held back.
    this.hold(false);
    if (this.#running.size > 0) {
      this.tell({ interrupt: Math.max(...this.#running.keys()) });
      timers.push(setTimeout(() => child.kill("SIGINT"), SIGNAL_AFTER));
    }
    this.send({ type: "shutdown" });
    await ended;
    for (const timer of timers) clearTimeout(timer);
  }
}

function unstopped(seconds: number): string {
  return `its cell did not stop within ${seconds} s of the interrupt, so the process was ended`;
}
