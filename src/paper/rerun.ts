import type { SpecificationInput } from "../runs/specification.ts";
import type { ShippedRun } from "./shipped.ts";

/** What of a run two of its executions are compared by. */
export type MadeRun = Pick<ShippedRun, "record" | "summary" | "choices">;

/**
 * How far two executions may be apart on different machines. Rounding differs between processors, and where two gaps are nearly equal it can turn a choice of MAXRIGHT: both
 * losses to 2 %, one step in a hundred on another objective, as many tokens to 1 %.
 */
export const rerunTolerance = { losses: 0.02, choices: 0.01, tokens: 0.01 } as const;

export interface RunComparison {
  /** Whether every loss, choice and token count is the same, to the last bit. */
  readonly exact: boolean;
  /** Whether it has to be: the same kind of processor, onnxruntime, thread count, plan and device. */
  readonly sameMachine: boolean;
  /** One line for each difference that is too large; empty where the run equals the shipped one. */
  readonly differences: readonly string[];
}

/** A shipped run's specification, to be run again: f* is the shipped run's, which spares the two runs that it came from. */
export function specificationAgain({ record, summary }: MadeRun): SpecificationInput {
  const { specification } = record;
  const { dpo, sft } = summary.ideal ?? {};
  const known = typeof dpo === "number" && typeof sft === "number";
  return { ...specification, ...(known && { ideal: { dpo, sft } }) };
}

export function compareRuns(shipped: MadeRun, again: MadeRun): RunComparison {
  const facts = ["processor", "onnxruntime-node", "threads", "plan", "device"];
  const [then, now] = [shipped.record.versions, again.record.versions];
  const sameMachine = facts.every((fact) => then[fact] !== undefined && then[fact] === now[fact]);
  const numbers = [
    ...(["dpo", "sft"] as const).map((each) => ({
      name: `${each.toUpperCase()} loss`,
      before: shipped.summary.losses[each] ?? Number.NaN,
      now: again.summary.losses[each] ?? Number.NaN,
      tolerance: rerunTolerance.losses,
    })),
    {
      name: "tokens",
      before: shipped.summary.tokens,
      now: again.summary.tokens,
      tolerance: rerunTolerance.tokens,
    },
  ];
  const otherwise = choicesApart(shipped.choices, again.choices);
  const exact = numbers.every(({ before, now }) => Object.is(before, now)) && otherwise === 0;
  const within = (tolerance: number) => (sameMachine ? 0 : tolerance);
  const differences = numbers.flatMap(({ name, before, now, tolerance }) => {
    const most = within(tolerance);
    if (Object.is(before, now) || Math.abs(now / before - 1) <= most) return [];
    return [`${name}: shipped ${before}, here ${now} (${allowed(most)})`];
  });
  const most = Math.floor(within(rerunTolerance.choices) * shipped.choices.length);
  if (otherwise > most)
    differences.push(
      `${otherwise} of ${shipped.choices.length} steps on another objective (at most ${most} allowed)`,
    );
  return { exact, sameMachine, differences };
}

const allowed = (share: number) => (share === 0 ? "to the last bit" : `within ${100 * share} %`);

/** Steps that were not on the same objective, those that only one of the two has among them. */
function choicesApart(a: string, b: string): number {
  let apart = Math.abs(a.length - b.length);
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) apart++;
  return apart;
}
