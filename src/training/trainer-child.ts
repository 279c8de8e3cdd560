import { fork } from "node:child_process";
import { compiledFile } from "../compiled.ts";
import { signalCause } from "../signal-cause.ts";
import type { FromTrainer, ToTrainer } from "./messages.ts";

type Last = FromTrainer & { type: "ended" | "refused" };

/** A trainer process, as its owner sees it. */
export interface TrainerChild {
  /** Nothing happens where the process is gone. */
  send(message: ToTrainer): void;
  readonly connected: boolean;
  /** Its last message; where it ended without one, how, in words. */
  readonly ended: Promise<Last | { readonly type: "crashed"; readonly how: string }>;
}

/** Starts a trainer process. @param hear gets every message but the last */
export function startTrainer(
  workingDirectory: string,
  hear: (message: Exclude<FromTrainer, Last>) => void,
): TrainerChild {
  const child = fork(compiledFile("./process.js", import.meta.url), [], {
    serialization: "advanced",
    cwd: workingDirectory,
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // Not in the process group of a notebook's user process, which may have to be killed: the run still checkpoints.
    detached: process.platform !== "win32",
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
  });
  let last: Last | null = null;
  child.on("message", (message: FromTrainer) => {
    if (message.type === "ended" || message.type === "refused") last = message;
    else hear(message);
  });
  child.on("error", (error) => {
    said = error.message;
  });
  return {
    send(message) {
      if (child.connected) child.send(message);
    },
    get connected() {
      return child.connected;
    },
    ended: new Promise((resolve) => {
      child.on("close", (code, signal) =>
        resolve(last ?? { type: "crashed", how: inWords(code, signal, said) }),
      );
    }),
  };
}

function inWords(code: number | null, signal: string | null, said: string): string {
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  const lines = said.split("\n").filter((line) => line.trim() && !/^\s+at |^Node\.js v/.test(line));
  const last = lines.slice(-3).join(" | ").slice(0, 500);
  return `${how}${signalCause(signal)}${last ? `; it last said: ${last}` : ""}`;
}
