#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { didYouMean } from "../runs/error.ts";
import { exitCodes } from "./exit-codes.ts";
import { UsageError } from "./usage.ts";

type Run = (args: readonly string[]) => Promise<number>;

interface Entry {
  readonly summary: string;
  /** Each command is loaded when it is called. */
  load(): Promise<Run>;
}

const commands: Readonly<Record<string, Entry>> = {
  train: {
    summary: "train one specification, of a file or of flags, or go on with a stopped run",
    load: async () => (await import("./train.ts")).trainCommand,
  },
  sweep: {
    summary: "train many runs, of a grid or a list, on all cores or on a cluster",
    load: async () => (await import("./sweep.ts")).sweepCommand,
  },
  runs: {
    summary: "list the runs of a directory",
    load: async () => (await import("./runs.ts")).runsCommand,
  },
  show: {
    summary: "tell what one run is, where it stands and what it left",
    load: async () => (await import("./show.ts")).showCommand,
  },
  evaluate: {
    summary: "losses, rewards and gaps of a run, an adapter or a model on held-out rows",
    load: async () => (await import("./evaluate.ts")).evaluateCommand,
  },
  generate: {
    summary: "continue prompts with a model, or with what a run has made of one",
    load: async () => (await import("./generate.ts")).generateCommand,
  },
  save: {
    summary: "write what a run has trained as a model that transformers loads, or as a PEFT adapter",
    load: async () => (await import("./save.ts")).saveCommand,
  },
  doctor: {
    summary: "say what is missing on this machine, and how to mend it",
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  install: {
    summary: "put kernel and extension into a Jupyter that is there already",
    load: async () => (await import("./install.ts")).installCommand,
  },
  uninstall: {
    summary: "take them out again",
    load: async () => (await import("./install.ts")).uninstallCommand,
  },
  classroom: {
    summary: "lay out a course of graded assignments for nbgrader",
    load: async () => (await import("./classroom.ts")).classroomCommand,
  },
};

function usage(): string {
  const names = Object.keys(commands);
  const width = Math.max(...names.map((name) => name.length));
  return [
    "usage: alright COMMAND [options]",
    ...names.map((name) => `  ${name.padEnd(width)}  ${commands[name]!.summary}`),
    "",
    "alright COMMAND --help has a command's options, with examples. alright --version says which this is.",
    "Exit codes: 0 done, 1 failed, 130 interrupted (train, sweep: paused, and can be resumed).",
  ].join("\n");
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined) {
    console.error(usage());
    return exitCodes.failed;
  }
  if (name === "--help" || name === "-h" || (name === "help" && args.length === 0)) {
    console.log(usage());
    return exitCodes.done;
  }
  if (name === "--version" || name === "-V") {
    console.log(version());
    return exitCodes.done;
  }
  if (name === "help") return (await commandOf(args[0]!))(["--help"]);
  return (await commandOf(name))(args);
}

function commandOf(name: string): Promise<Run> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry) return entry.load();
  const known = Object.keys(commands);
  throw new UsageError(
    `no command is called ${JSON.stringify(name)}${didYouMean(name, known)} (commands: ${known.join(", ")})`,
  );
}

function version(): string {
  const file = new URL("../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Errors are for the person at the terminal: the message, at most six lines, no stack frames. */
function report(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split("\n").filter((line) => !/^\s+at /.test(line));
  console.error(`alright: ${lines.slice(0, 6).join("\n")}`);
}

// A reader that has seen enough (`alright runs | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.done);
  throw error;
});

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    report(error);
    process.exitCode = exitCodes.failed;
  },
);
