import { CheckpointError } from "../../src/checkpoints/error.ts";
import { DataError } from "../../src/data/error.ts";
import { EngineError } from "../../src/engine/errors.ts";
import { GenerationError } from "../../src/generation/error.ts";
import { ModelError } from "../../src/models/model.ts";
import { ObjectiveError } from "../../src/objectives/index.ts";
import { RunStoreError, SpecificationError } from "../../src/runs/error.ts";
import { TextError } from "../../src/text/error.ts";
import { TrainingError } from "../../src/training/error.ts";

const typed = [
  CheckpointError,
  DataError,
  EngineError,
  GenerationError,
  ModelError,
  ObjectiveError,
  RunStoreError,
  SpecificationError,
  TextError,
  TrainingError,
];

/** Whether an error is one of the project's own, made for whoever reads a foreign file. */
function isTyped(error: unknown): error is Error {
  return typed.some((each) => error instanceof each);
}

/** Messages are for a person: longer ones bury what they say. */
const longest = 4000;

/** What a reader met that went on after its errors. */
export class SeveralErrors extends Error {
  readonly errors: readonly unknown[];
  constructor(errors: readonly unknown[], of: number) {
    super();
    this.name = errors.length < of ? "read in part" : isTyped(errors[0]) ? errors[0].name : "Error";
    this.errors = errors;
  }
}

/** What is wrong with how a reader ended, or null where it ended well: in an error of the project's that names a file. */
export function complaint(error: unknown, directory: string, names: readonly string[]): string | null {
  if (error instanceof SeveralErrors) {
    for (const each of error.errors) {
      const wrong = complaint(each, directory, names);
      if (wrong !== null) return wrong;
    }
    return null;
  }
  if (!isTyped(error))
    return error instanceof Error ? (error.stack ?? error.message) : `threw ${String(error)}`;
  const { message } = error;
  // The engine knows numbers, and no files.
  if (error instanceof EngineError) return null;
  if (message.length > longest) return `a message of ${message.length} characters: ${message.slice(0, 200)}…`;
  if (message.includes(directory)) return null;
  for (const name of names) if (message.includes(name.split("/").at(-1)!)) return null;
  return `the message names no file: ${error.name}: ${message}`;
}
