import { parseBytes } from "../machine-share.ts";
import { SpecificationError } from "../runs/error.ts";
import type { SpecificationInput } from "../runs/specification.ts";
import { type Command, gathered, integer, number, oneOf } from "./command.ts";
import { UsageError } from "./usage.ts";

type Tree = Record<string, unknown>;

/** A flag of `alright train` that stands for a key of the specification. */
interface Flag {
  readonly flag: string;
  readonly path: string;
  readonly help: string;
  readonly read?: (text: string) => unknown;
}

const list = (text: string) => text.split(",").map((item) => item.trim());
const positive = integer(1);

/** The common keys; any other is set with `--set KEY=VALUE`. */
const flags: readonly Flag[] = [
  { flag: "--model <name>", path: "model", help: "an embedded name, a Hugging Face directory, a .gguf file" },
  { flag: "--sft <file>", path: "data.sft", help: "instructions: a file, or the name of an embedded set" },
  { flag: "--dpo <file>", path: "data.dpo", help: "preferences, likewise" },
  {
    flag: "--method <name>",
    path: "method.name",
    help: "alright, maxright, mix, sequential, mgda, pcgrad, cagrad, sft, dpo (default: alright with both data sets)",
  },
  {
    flag: "--lambda <x>",
    path: "method.lambda",
    help: "weight of DPO: 0 is SFT only, 1 is DPO only",
    read: number,
  },
  { flag: "--k <n>", path: "method.k", help: "MAXRIGHT: steps between evaluations of both", read: positive },
  { flag: "--order <a,b>", path: "method.order", help: "sequential: dpo,sft or sft,dpo", read: list },
  { flag: "--steps <n>", path: "steps", help: "optimiser steps (default: 200)", read: positive },
  {
    flag: "--epochs <x>",
    path: "epochs",
    help: "epochs of the larger data set, instead of steps",
    read: number,
  },
  { flag: "--learning-rate <x>", path: "optimizer.learningRate", help: "(default: 5e-5)", read: number },
  { flag: "--rank <n>", path: "lora.rank", help: "of the LoRA adapter (default: 32)", read: positive },
  { flag: "--alpha <x>", path: "lora.alpha", help: "of the LoRA adapter (default: 32)", read: number },
  {
    flag: "--targets <a,b>",
    path: "lora.targets",
    help: "layers that the adapter is on, or all-linear (default: the model's own)",
    read: (text) => (text === "all-linear" ? text : list(text)),
  },
  { flag: "--loss <name>", path: "objectives.dpo.loss", help: "of the preferences (default: sigmoid)" },
  { flag: "--beta <x>", path: "objectives.dpo.beta", help: "DPO's β (default: 0.1)", read: number },
  { flag: "--template <text>", path: "template", help: "text around a prompt, with {prompt} in it" },
  { flag: "--max-length <n>", path: "maxLength", help: "longest row in tokens", read: positive },
  {
    flag: "--too-long <what>",
    path: "tooLong",
    help: "a longer row: stop, cut or skip",
    read: oneOf(["stop", "cut", "skip"]),
  },
  {
    flag: "--evaluate-every <n>",
    path: "evaluation.every",
    help: "steps between evaluations (default: 100)",
    read: positive,
  },
  {
    flag: "--checkpoint-every <n>",
    path: "checkpoint.every",
    help: "steps between checkpoints (default: 100)",
    read: positive,
  },
  { flag: "--seed <n>", path: "seed", help: "of everything random (default: 42)", read: integer(0) },
  { flag: "--threads <n>", path: "threads", help: "(default: physical cores)", read: positive },
  { flag: "--memory <bytes>", path: "memory", help: "that it may use, such as 4GB", read: bytes },
  { flag: "--device <name>", path: "device", help: "cpu, cuda, webgpu or auto (default: cpu)" },
  { flag: "--name <text>", path: "name", help: "the run's name in tables and plots" },
];

/** @param except paths that the command has flags of its own for */
export function addSpecificationFlags(command: Command, except: readonly string[] = []): void {
  for (const { flag, path, help, read } of flags)
    if (except.includes(path)) continue;
    else if (read) command.option(flag, help, read);
    else command.option(flag, help);
  command.option("--all-weights", "train all weights instead of a LoRA adapter");
  command.option(
    "--set <key=value>",
    "any key of the specification, as --set optimizer.clip=null; may be given several times",
    gathered,
  );
}

/** The names of flags that were given and stand for a key of the specification. */
export function givenFlags(options: Readonly<Record<string, unknown>>): string[] {
  const all = [...flags.map(({ flag }) => flag.split(" ")[0]!), "--all-weights", "--set"];
  return all.filter((flag) => options[optionKey(flag)] !== undefined);
}

/**
 * A specification with flags over it; they win. Without one, the flags are all of it.
 * @param except paths whose flags mean something else to the command
 */
export function withFlags(
  specification: unknown,
  options: Readonly<Record<string, unknown>>,
  except: readonly string[] = [],
): SpecificationInput {
  if (specification !== undefined && !isTree(specification)) return specification as SpecificationInput;
  const input = structuredClone(specification ?? {}) as Tree;
  const before = input.method;
  const chosen = except.includes("method.name") ? undefined : options.method;
  // Another method has options of its own.
  if (isTree(before) && chosen !== undefined && before.name !== chosen) delete input.method;
  if (options.steps !== undefined) delete input.epochs;
  if (options.epochs !== undefined) delete input.steps;
  for (const { flag, path } of flags) {
    if (except.includes(path)) continue;
    const value = options[optionKey(flag.split(" ")[0]!)];
    if (value !== undefined) setPath(input, path, value);
  }
  if (options.allWeights) {
    if (["rank", "alpha", "targets"].some((name) => options[name] !== undefined))
      throw new UsageError("--all-weights trains no adapter; leave --rank, --alpha and --targets out");
    input.lora = null;
  }
  for (const setting of (options.set ?? []) as readonly string[]) {
    const at = setting.indexOf("=");
    if (at < 1) throw new UsageError(`--set is ${JSON.stringify(setting)}; expected KEY=VALUE`);
    setPath(input, setting.slice(0, at), literal(setting.slice(at + 1)));
  }
  if (specification === undefined) chooseMethod(input);
  return input as unknown as SpecificationInput;
}

/** Without a word about the method: the one that the data sets are for. */
function chooseMethod(input: Tree): void {
  const method = isTree(input.method) ? input.method : {};
  if ("name" in method) return;
  const data = isTree(input.data) ? Object.keys(input.data) : [];
  const name = data.length === 1 && Object.keys(method).length === 0 ? data[0]! : "alright";
  input.method = { name, ...method };
}

/** Puts a value at a dotted path. @throws SpecificationError where something on the way is no object */
function setPath(target: Tree, path: string, value: unknown): void {
  const keys = path.split(".");
  let at = target;
  for (const [i, key] of keys.slice(0, -1).entries()) {
    const there = at[key] ?? {};
    if (!isTree(there) || key === "__proto__")
      throw new SpecificationError(
        `${path} can't be set: ${keys.slice(0, i + 1).join(".")} is ${JSON.stringify(there)}`,
      );
    at[key] = there;
    at = there;
  }
  const last = keys.at(-1)!;
  if (last === "__proto__") throw new SpecificationError(`${path} is not a known key`);
  at[last] = value;
}

/** JSON where it is JSON; a text otherwise. */
function literal(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function bytes(text: string): number {
  return parseBytes(text) ?? number(text);
}

/** `--learning-rate` as commander keeps it: `learningRate`. */
function optionKey(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
