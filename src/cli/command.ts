import { Command, CommanderError, InvalidArgumentError } from "commander";
import { UsageError } from "./usage.ts";

export type { Command };

export interface CommandText {
  readonly name: string;
  readonly summary: string;
  /** Command lines with what they do, for `--help`. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  /** What its exit codes mean beyond 0 (done) and 1 (failed). */
  readonly exits?: string;
}

/** A command to be given its arguments and options; errors are thrown, help goes to standard output. */
export function describe({ name, summary, examples, exits }: CommandText): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const shown =
    width > 60
      ? examples.map(([line, does]) => `  # ${does}\n  ${line}`)
      : examples.map(([line, does]) => `  ${line.padEnd(width)}  ${does}`);
  return new Command(`alright ${name}`)
    .description(summary)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 110, 130) })
    .helpOption("-h, --help", "say how it is called")
    .addHelpText(
      "after",
      `\nExamples:\n${shown.join("\n")}\n\nExit codes: 0 done, 1 failed${exits ? `, ${exits}` : ""}.`,
    );
}

/**
 * Reads a command line and does what it says.
 *
 * @returns the exit code
 * @throws UsageError naming what can't be understood, with the nearest known option where one is near
 */
export async function carryOut<Options>(
  command: Command,
  args: readonly string[],
  action: (options: Options, positionals: readonly string[]) => number | Promise<number>,
): Promise<number> {
  try {
    command.parse(args.map(withoutGreek), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw new UsageError(`${inWords(error.message)} (${command.name()} --help)`);
  }
  return action(command.opts() as Options, command.args);
}

/** `--λ` is `--lambda`, as in cells. */
function withoutGreek(argument: string): string {
  return argument.replace(/^--λ(?==|$)/, "--lambda").replace(/^--β(?==|$)/, "--beta");
}

function inWords(message: string): string {
  return message
    .replace(/^error: /, "")
    .replace(/^option '(?:-\w, )?(--[\w-]+).*?' argument '([\s\S]*)' is invalid\. /, '$1 is "$2"; ')
    .replace(/\n\(Did you mean (.+)\?\)/, "; did you mean $1?")
    .replace(/\.$/, "");
}

/** An option's number. */
export function number(text: string): number {
  if (text.trim() === "" || Number.isNaN(Number(text))) throw new InvalidArgumentError("expected a number");
  return Number(text);
}

/** An option's whole number. */
export function integer(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`expected an integer, at least ${least}`);
    return value;
  };
}

/** One of some words. */
export function oneOf<W extends string>(words: readonly W[]): (text: string) => W {
  return (text) => {
    if (!words.includes(text as W)) throw new InvalidArgumentError(`expected ${words.join(" or ")}`);
    return text as W;
  };
}

/** An option that may be given several times. */
export function gathered(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}
