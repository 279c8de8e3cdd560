import type { Example } from "../data/examples.ts";
import {
  checkMemoryLimit,
  type Device,
  findDevice,
  modelOf,
  planMemory,
  rowTokens,
} from "../engine/index.ts";
import type { Specification } from "../runs/specification.ts";
import type { LanguageData } from "./language-data.ts";

/** How a run's steps are computed: recorded with it, since the last bits depend on it. */
export type Way = "whole" | "blockwise" | "streamed";

export interface Computation {
  readonly way: Way;
  readonly device: Device;
  /** What a person should know of it. */
  readonly notes: readonly string[];
  /** Why it is computed so, where memory has decided it now. */
  readonly reason: string | null;
}

const ways: readonly string[] = ["whole", "blockwise", "streamed"] satisfies Way[];

/** Chooses plan and device for a run: as it was recorded where it is resumed, by memory and what is there otherwise. */
export async function planComputation(
  config: Readonly<Record<string, unknown>>,
  specification: Specification,
  data: Pick<LanguageData, "sft" | "dpo">,
  recorded: Readonly<Record<string, string>>,
): Promise<Computation> {
  const { device, note } = await findDevice(specification.device);
  const notes = note ? [note] : [];
  if (recorded.plan && ways.includes(recorded.plan))
    return { way: recorded.plan as Way, device, notes, reason: null };
  const { lora, memory, batchSize } = specification;
  const plan = planMemory({ model: modelOf(config), lora, memory, ...sizes(data, batchSize) });
  checkMemoryLimit(plan.bytes, `the run (${plan.how})`, "a smaller model, batchSize or maxLength needs less");
  const way = plan.kept ? plan.plan : "streamed";
  const { reason } = plan;
  return { way, device, notes: way === "whole" ? notes : [...notes, `memory: ${reason}`], reason };
}

/** Tokens of the longest row, and of the largest batch if rows were of mean length. */
function sizes(
  data: Pick<LanguageData, "sft" | "dpo">,
  batchSize: Specification["batchSize"],
): { longest: number; batchTokens: number } {
  let longest = 1;
  let batchTokens = 1;
  for (const objective of ["sft", "dpo"] as const) {
    const rows: readonly Example[] = data[objective]?.training ?? [];
    let sum = 0;
    for (const row of rows) {
      const tokens = rowTokens(row);
      sum += tokens;
      longest = Math.max(longest, tokens);
    }
    if (rows.length > 0)
      batchTokens = Math.max(batchTokens, Math.ceil((sum / rows.length) * batchSize[objective]));
  }
  return { longest, batchTokens: Math.max(batchTokens, longest) };
}
