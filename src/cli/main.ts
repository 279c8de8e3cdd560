#!/usr/bin/env node
import { didYouMean } from "../runs/error.ts";
import { UsageError } from "./usage.ts";

const usage = `usage: alright COMMAND
  train SPEC.json [--runs DIR]       train one specification
  train --resume DIR/ID [--runs DIR] go on with a stopped run
  runs [--runs DIR] [--json]         the runs of a directory (default: runs)
  generate --model M --prompt TEXT   continue prompts with a model or a run (generate --help)
  install [--user | --sys-prefix | --prefix DIR]
                                     put kernel and extension into a Jupyter
  uninstall [likewise]               take them out again`;

type Command = (args: readonly string[]) => number | undefined | Promise<number | undefined>;

/** Each command is loaded when it is called. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import("./train.ts")).trainCommand,
  runs: async () => (await import("./runs.ts")).runsCommand,
  generate: async () => (await import("./generate.ts")).generateCommand,
  install: async () => quiet((await import("./install.ts")).install),
  uninstall: async () => quiet((await import("./install.ts")).uninstall),
};

function quiet(command: (args: readonly string[]) => Promise<void>): Command {
  return async (args) => {
    await command(args);
    return 0;
  };
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    console.log(usage);
    return name === undefined ? 1 : 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) {
    const known = Object.keys(commands);
    throw new UsageError(
      `no command is called ${JSON.stringify(name)}${didYouMean(name, known)} (commands: ${known.join(", ")})`,
    );
  }
  return (await (await load())(args)) ?? 0;
}

/** Errors are for the person at the terminal: the message, at most six lines, no stack frames. */
function report(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split("\n").filter((line) => !/^\s+at /.test(line));
  console.error(`alright: ${lines.slice(0, 6).join("\n")}`);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    report(error);
    process.exitCode = 1;
  },
);
