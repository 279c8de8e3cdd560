import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Method } from "../methods/method.ts";
import { createRunDirectory, findRunDirectory, type RunRecord } from "../runs/directory.ts";
import { readSnapshot } from "../runs/list.ts";
import { parseSpecification } from "../runs/parse-specification.ts";
import type { SpecificationInput } from "../runs/specification.ts";
import { TrainingError } from "./error.ts";
import { RunHandle } from "./handle.ts";
import { checkInputs } from "./inputs.ts";
import type { Run } from "./run.ts";

export interface TrainOptions {
  /** The directory of run directories. Default `runs`. */
  readonly runs?: string;
  /** Methods defined outside the library (`defineMethod`) that the specification may name; they stay in this process. */
  readonly methods?: readonly Method[];
  /** What the specification is, for messages: its file's name. */
  readonly where?: string;
}

/**
 * Starts a run in a trainer process of its own, and returns its handle at once.
 * @throws SpecificationError when the specification can't be used; failures of the run itself reject `run.done`
 */
export function train(specification: SpecificationInput, options: TrainOptions = {}): Run {
  const { runs = "runs", methods = [], where = "specification" } = options;
  const parsed = parseSpecification(specification, where, { methods });
  checkInputs(parsed, where);
  const own = methods.find((method) => method.name === parsed.method.name) ?? null;
  const { directory, record } = createRunDirectory(resolve(runs), {
    specification: parsed,
    workingDirectory: process.cwd(),
    versions: versions(),
    methodHash: own && methodHash(own),
  });
  return new RunHandle(directory, record, own, false);
}

/**
 * Goes on with a run that paused, failed or whose process was killed, from its newest good checkpoint.
 * @param directoryOrId a run directory, or a run's id below `options.runs`
 * @throws SpecificationError where no run is; TrainingError where it has ended, is running, or its method is missing
 */
export function resumeRun(directoryOrId: string, options: TrainOptions = {}): Run {
  const { runs = "runs", methods = [] } = options;
  const directory = findRunDirectory(directoryOrId, runs);
  const record = directory.readRecord();
  const owner = directory.liveOwner();
  if (owner !== null)
    throw new TrainingError(`run ${record.id} is running now (process ${owner}); pause it there first`);
  const { state } = readSnapshot(directory);
  if (state === "finished" || state === "stopped")
    throw new TrainingError(`run ${record.id} is ${state}; a run that has ended can't be resumed`);
  return new RunHandle(directory, record, methodOf(record, methods), true);
}

function methodOf(record: RunRecord, methods: readonly Method[]): Method | null {
  if (record.methodHash === null) return null;
  const { name } = record.specification.method;
  const method = methods.find((candidate) => candidate.name === name);
  if (!method)
    throw new TrainingError(
      `run ${record.id} trains with method ${JSON.stringify(name)}, which is not built in: define it again and pass it in \`methods\``,
    );
  if (methodHash(method) !== record.methodHash)
    throw new TrainingError(
      `run ${record.id}: the source of method ${JSON.stringify(name)} has changed since the run began; resuming would mix two methods`,
    );
  return method;
}

/** SHA-256 of a method's source. */
function methodHash(method: Method): string {
  return createHash("sha256").update(String(method.start)).digest("hex");
}

function versions(): Record<string, string> {
  const up = import.meta.url.endsWith(".ts") ? "../../package.json" : "../../../package.json";
  const library = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8")) as { version: string };
  return { "alright-ts": library.version, node: process.version };
}
