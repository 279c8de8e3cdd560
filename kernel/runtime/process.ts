import { type ChildProcess, fork } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { compiledFile } from "../../src/compiled.ts";
import { FrameReader } from "./frames.ts";
import type { Order, Outcome, Report } from "./messages.ts";

type Execute = Extract<Order, { type: "execute" }>;

export interface UserProcessEvents {
  onReport(report: Report): void;
  /** Text that native code wrote past the console. */
  onText(name: "stdout" | "stderr", text: string): void;
  /** The process is gone, with everything its cells had made; a new one has been started. */
  onLost(): void;
}

/** How long a cell may take to end after an interrupt before its process is killed, and before SIGINT is tried, in ms. */
const KILL_AFTER = 3000;
const SIGNAL_AFTER = 100;

/** The process that runs the cells: started, fed, interrupted and, as the last resort, killed and started again. */
export class UserProcess {
  readonly #events: UserProcessEvents;
  #child: ChildProcess;
  #running: { order: Execute; settle: (outcome: Outcome) => void } | null = null;
  #killed: string | null = null;
  #ladder: NodeJS.Timeout[] = [];
  #closing = false;

  constructor(events: UserProcessEvents) {
    this.#events = events;
    this.#child = this.#start();
  }

  #start(): ChildProcess {
    const child = fork(compiledFile("./main.js", import.meta.url), [], {
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe", "pipe"],
      serialization: "advanced",
      execArgv: ["--experimental-import-meta-resolve"],
    });
    const reader = new FrameReader();
    const pipe = child.stdio[4] as Readable;
    pipe.on("data", (chunk: Buffer) => reader.push(chunk, (report) => this.#report(report as Report)));
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => this.#events.onText(name, text));
    }
    // A killed process resets its pipes; "close" tells of it.
    for (const stream of child.stdio) stream?.on("error", () => {});
    // "close" comes after the pipes have ended: no report is lost.
    child.on("close", (code, signal) => this.#lost(child, code, signal));
    child.on("error", () => {});
    return child;
  }

  #report(report: Report): void {
    if (report.type === "interrupting" && report.id === this.#running?.order.id) {
      this.#clearLadder();
      this.#ladder.push(setTimeout(() => this.#kill(report.patience), report.patience * 1000));
    }
    this.#events.onReport(report);
    if (report.type === "done" && report.id === this.#running?.order.id) this.#settle(report.outcome);
  }

  #settle(outcome: Outcome): void {
    this.#clearLadder();
    const running = this.#running;
    this.#running = null;
    running?.settle(outcome);
  }

  #lost(child: ChildProcess, code: number | null, signal: string | null): void {
    if (child !== this.#child || this.#closing) return;
    const how = this.#killed ?? `it ended by itself (${signal ? `signal ${signal}` : `exit code ${code}`})`;
    this.#killed = null;
    this.#child = this.#start();
    this.#events.onLost();
    const text = `The process that runs the cells was lost: ${how}. A new one has been started; all variables are lost, so run the cells again. Runs that were going on write a checkpoint and pause: %runs all lists them, %resume ID goes on with one.`;
    if (!this.#running) this.#events.onText("stderr", `${text}\n`);
    this.#settle({
      status: "error",
      assigned: [],
      ename: "ProcessLost",
      evalue: text,
      traceback: [`ProcessLost: ${text}`],
    });
  }

  /** Runs one cell; one at a time. */
  execute(order: Execute): Promise<Outcome> {
    return new Promise((settle) => {
      this.#running = { order, settle };
      this.send(order);
    });
  }

  send(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  /**
   * The ladder: a message that aborts awaits and pauses runs; SIGINT where the message is not heard (synchronous
   * code); and the end of the process where neither helps within three seconds.
   */
  interrupt(): void {
    const running = this.#running;
    if (!running) return;
    this.#clearLadder();
    this.send({ type: "interrupt", id: running.order.id });
    // Heard at once by the process's second thread, for synchronous code that follows an await.
    (this.#child.stdio as readonly unknown[] as readonly (Writable | null)[])[5]?.write(
      `${running.order.id}\n`,
    );
    this.#ladder.push(
      setTimeout(() => this.#child.kill("SIGINT"), SIGNAL_AFTER),
      setTimeout(() => this.#kill(KILL_AFTER / 1000), KILL_AFTER),
    );
  }

  #kill(seconds: number): void {
    this.#killed = `its cell did not stop within ${seconds} s of the interrupt, so the process was ended`;
    this.#child.kill("SIGKILL");
  }

  #clearLadder(): void {
    for (const timer of this.#ladder) clearTimeout(timer);
    this.#ladder = [];
  }

  /** Lets runs pause, then ends the process; after `patience` ms it is killed. */
  async close(patience = 5000): Promise<void> {
    this.#closing = true;
    this.#clearLadder();
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    if (this.#running) {
      this.send({ type: "interrupt", id: this.#running.order.id });
      setTimeout(() => child.kill("SIGINT"), SIGNAL_AFTER).unref();
    }
    this.send({ type: "shutdown" });
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    await ended;
    clearTimeout(timer);
  }
}
