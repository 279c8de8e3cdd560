import {
  formatProgress,
  HubError,
  type HubOptions,
  isHubName,
  parseHubName,
  pinHubName,
} from "../hub/index.ts";
import { SpecificationError } from "../runs/error.ts";
import type { Specification } from "../runs/specification.ts";
import type { Preparation } from "./workshop.ts";

/** How often a download looks whether it is to end, in milliseconds. */
const look = 250;

/**
 * A specification whose names of the hub have the commits that they stand for now: what `run.json` records, and a resumed
 * run goes by. Names that have one stay as they are, and ask nobody.
 *
 * @throws HubError
 */
export async function pinHubNames(
  specification: Specification,
  preparation: Preparation,
): Promise<Specification> {
  const { model, data, reference } = specification;
  const given = [model, data.sft, data.dpo, reference];
  if (!given.some((name) => typeof name === "string" && isHubName(name))) return specification;
  return whileFetching(preparation, async (options) => {
    const pinned = async <T>(name: T, kind: "model" | "dataset"): Promise<T> =>
      typeof name === "string" && isHubName(name) ? ((await pinHubName(name, kind, options)) as T) : name;
    const sets = { sft: await pinned(data.sft, "dataset"), dpo: await pinned(data.dpo, "dataset") };
    return {
      ...specification,
      model: await pinned(model, "model"),
      data: { ...data, ...defined(sets) },
      reference: await pinned(reference, "model"),
    };
  });
}

/** Does something with the hub that a run's preparation shows the progress of, and may end. */
export async function whileFetching<T>(
  preparation: Preparation,
  use: (options: HubOptions) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const looking = setInterval(async () => {
    try {
      await preparation.checkpoint();
    } catch (reason) {
      ending.abort(reason);
    }
  }, look);
  const start = performance.now();
  let next = 0;
  try {
    return await use({
      signal: ending.signal,
      onNote: (note) => preparation.note(note),
      onProgress: (progress) => {
        const now = performance.now();
        if (now < next) return;
        // Every note is an event of the run: rarer the longer it takes.
        next = now + Math.min(5000, Math.max(500, (now - start) / 60));
        preparation.note(`downloading ${formatProgress(progress)}`);
      },
    });
  } finally {
    clearInterval(looking);
  }
}

/** @throws SpecificationError naming the key where a hub name can't be one */
export function checkHubName(name: string, kind: "model" | "dataset", key: string): void {
  try {
    parseHubName(name, kind);
  } catch (error) {
    if (error instanceof HubError) throw new SpecificationError(`${key}: ${error.message}`);
    throw error;
  }
}

function defined<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
