import { createHash } from "node:crypto";
import type { Method } from "../methods/method.ts";
import { findMethod } from "../methods/registry.ts";
import {
  findLoss,
  type LocalObjective,
  type ObjectiveDefinition,
  type ObjectiveSlot,
  objectiveOf,
} from "../objectives/index.ts";
import type { RunRecord } from "../runs/directory.ts";
import { SpecificationError } from "../runs/error.ts";
import { parseOptions } from "../runs/option-values.ts";
import type { Specification } from "../runs/specification.ts";
import { TrainingError } from "./error.ts";
import type { RemoteObjective, ToTrainer } from "./messages.ts";

/** What a run uses that is defined outside the library, and so stays in the process that holds the run. */
export interface Own {
  readonly method: Method | null;
  readonly objectives: Readonly<Partial<Record<ObjectiveSlot, ObjectiveDefinition>>>;
}

interface Given {
  readonly methods?: readonly Method[];
  readonly objectives?: readonly ObjectiveDefinition[];
}

/** What the trainer is told of them. */
export function described({ method, objectives }: Own): Pick<Start, "method" | "objectives"> {
  const remote = Object.entries(objectives).map(([slot, { name, shape, needsReference, source }]) => [
    slot,
    { name, shape, needsReference, sourceHash: hashOf(source!) } satisfies RemoteObjective,
  ]);
  return {
    method: method && {
      name: method.name,
      options: method.options,
      needsIdeal: method.needsIdeal,
      objectives: method.objectives,
    },
    objectives: Object.fromEntries(remote),
  };
}

type Start = ToTrainer & { type: "start" };

const SLOTS = ["dpo", "sft"] as const;

/** Those of the given methods and objectives that a specification names. */
export function ownOf(specification: Specification, { methods = [], objectives = [] }: Given): Own {
  const method = methods.find(({ name }) => name === specification.method.name) ?? null;
  const named = SLOTS.flatMap((slot) => {
    const found = findLoss(slot, specification.objectives[slot], objectives);
    return found.source === null ? [] : [[slot, found] as const];
  });
  return { method, objectives: Object.fromEntries(named) };
}

/** Hashes of their sources, as `run.json` keeps them. */
export function sourceHashes({ method, objectives }: Own): Pick<RunRecord, "methodHash" | "objectiveHashes"> {
  const hashes = Object.entries(objectives).map(([slot, { source }]) => [slot, hashOf(source!)]);
  return {
    methodHash: method && hashOf(String(method.start)),
    ...(hashes.length > 0 ? { objectiveHashes: Object.fromEntries(hashes) } : {}),
  };
}

/**
 * What a recorded run uses, among those given.
 * @throws TrainingError where one is missing, or its source is not as it was
 */
export function ownOfRecord(record: RunRecord, { methods = [], objectives = [] }: Given): Own {
  const { specification, methodHash, objectiveHashes = {} } = record;
  const { name } = specification.method;
  const method =
    methodHash === null
      ? null
      : known(record, "method", name, methods, (method) => String(method.start), methodHash);
  const found = SLOTS.flatMap((slot) => {
    const hash = objectiveHashes[slot];
    const { loss } = specification.objectives[slot];
    if (hash === undefined || loss === undefined) return [];
    return [[slot, known(record, "objective", loss, objectives, ({ source }) => source!, hash)] as const];
  });
  const own: Own = { method, objectives: Object.fromEntries(found) };
  checkBuiltIn(record, own);
  return own;
}

/** What the run names of the library's own, and their options: `run.json` may come from elsewhere. */
function checkBuiltIn({ id, specification }: RunRecord, own: Own): void {
  const { name, ...options } = specification.method;
  try {
    if (!own.method) parseOptions(findMethod(name).options, options, `method ${JSON.stringify(name)}`);
    for (const slot of SLOTS) if (!own.objectives[slot]) objectiveOf(slot, specification.objectives[slot]);
  } catch (error) {
    if (error instanceof SpecificationError) error.message = `run ${id}: run.json: ${error.message}`;
    throw error;
  }
}

function known<T extends { readonly name: string }>(
  record: RunRecord,
  kind: "method" | "objective",
  name: string,
  given: readonly T[],
  source: (one: T) => string,
  hash: string,
): T {
  const found = given.find((candidate) => candidate.name === name);
  if (!found)
    throw new TrainingError(
      `run ${record.id} trains with ${kind} ${JSON.stringify(name)}, which is not built in: define it again and pass it in \`${kind}s\``,
    );
  if (hashOf(source(found)) !== hash)
    throw new TrainingError(
      `run ${record.id}: the source of ${kind} ${JSON.stringify(name)} has changed since the run began; resuming would mix two ${kind}s`,
    );
  return found;
}

/** The run's objective in a slot, with its options, for the trainer's questions. */
export function ownObjective({ objectives }: Own, slot: ObjectiveSlot, of: Specification): LocalObjective {
  return objectiveOf(slot, of.objectives[slot], [objectives[slot]!]);
}

/** SHA-256 of a source text. */
function hashOf(source: string): string {
  return createHash("sha256").update(source).digest("hex");
}
