import { EvaluationError } from "../evaluation/error.ts";
import { type Spread, spread } from "../evaluation/statistics.ts";
import { costKey } from "./comparable.ts";
import { type RunEntry, readEntries } from "./list.ts";
import { type Bars, PLOT_MIME, type PlotMessage } from "./snapshot.ts";
import { defaultName } from "./snapshot-builder.ts";

/** What a method took over the matching Sequential runs, in percent: repetitions of it (seeds) are one entry. */
export interface ResourceUse {
  readonly name: string;
  readonly method: string;
  readonly lambda: number | null;
  /** Ids of its runs, and of the Sequential runs that they are compared with. */
  readonly runs: readonly string[];
  readonly baseline: readonly string[];
  readonly baselineName: string;
  /** Increase in runtime (57). */
  readonly time: Spread | null;
  /** Increase in the largest resident memory. */
  readonly peakMemory: Spread | null;
  /** Increase in utilisation (58), the median of samples: the GPU's where both ran on one, the processor's otherwise. */
  readonly utilisation: Spread | null;
  readonly utilisationOf: "gpu" | "cpu";
}

export interface ResourcesOptions {
  /** Only Sequential runs in this order are compared with. Default: in any. */
  readonly order?: readonly ["dpo", "sft"] | readonly ["sft", "dpo"];
}

/** The uses, which a notebook shows as bars and as a table. */
export interface Resources {
  readonly uses: readonly ResourceUse[];
  readonly bars: Bars;
}

/**
 * Resource figures of the paper (57), (58): the percentage increase of each joint method's runtime, memory and utilisation
 * over the matching Sequential run: same model, data, batches, adapter, device, threads and number of steps, and of
 * Sequential's runs with these the one whose share of DPO is nearest to λ (a tie goes to the more even one, so that the
 * paper's λ = .01, .25, .5, .75, .99 match its (1,5), (2,4), (3,3), (4,2), (5,1)). Runs that differ in their seed alone are
 * repetitions: each is compared with the baseline's run of the same seed where there is one, otherwise with all, and the
 * spread is over these comparisons.
 *
 * @param runs run directories, or rows and handles, which have them; only those that are finished count
 * @throws EvaluationError where no joint run has a Sequential run to be compared with
 */
export function resources(
  runs: readonly (string | { readonly directory: string })[],
  options: ResourcesOptions = {},
): Resources {
  const directories = runs.map((run) => (typeof run === "string" ? run : run.directory));
  const entries = readEntries(directories).filter(({ figures }) => figures.state === "finished");
  const sequential = entries.filter(
    (entry) => methodOf(entry) === "sequential" && (!options.order || sameOrder(entry, options.order)),
  );
  const joint = entries.filter((entry) => !["sequential", "sft", "dpo"].includes(methodOf(entry)));
  const uses = [...groups(joint).values()].flatMap((group) => use(group, sequential) ?? []);
  if (uses.length === 0)
    throw new EvaluationError(
      `of ${entries.length} finished runs, none is of a joint method with a Sequential run to be compared with (same model, data, batches, adapter, device, threads and steps)`,
    );
  const bars = resourceBars(uses);
  const display = () => {
    const message: PlotMessage = { version: 1, view: "bars", runs: [], bars };
    return { [PLOT_MIME]: message, "text/plain": inWords(uses) };
  };
  return Object.defineProperty({ uses, bars }, Symbol.for("Jupyter.display"), { value: display });
}

const methodOf = ({ record }: RunEntry) => record.specification.method.name;

function sameOrder({ record }: RunEntry, order: readonly string[]): boolean {
  const own = record.specification.method.order;
  return Array.isArray(own) && own.join() === order.join();
}

/** Runs that differ in nothing but seed and name. */
function groups(entries: readonly RunEntry[]): Map<string, RunEntry[]> {
  const found = new Map<string, RunEntry[]>();
  for (const entry of entries) {
    const { method, optimizer } = entry.record.specification;
    const key = JSON.stringify([costKey(entry.record), entry.figures.steps, method, optimizer]);
    const group = found.get(key);
    if (group) group.push(entry);
    else found.set(key, [entry]);
  }
  return found;
}

function use(group: readonly RunEntry[], sequential: readonly RunEntry[]): ResourceUse | null {
  const { record, figures } = group[0]!;
  const lambda = record.specification.method.lambda;
  const weight = typeof lambda === "number" ? lambda : null;
  const alike = sequential.filter(
    (entry) => costKey(entry.record) === costKey(record) && entry.figures.steps === figures.steps,
  );
  const shares = [...new Set(alike.map(dpoShare))];
  const share = nearestShare(shares, weight ?? 0.5);
  if (share === null) return null;
  const baseline = alike.filter((entry) => dpoShare(entry) === share);
  const increase = (of: (entry: RunEntry) => number | null) => spread(increases(group, baseline, of));
  const gpu = increase(({ figures }) => figures.resources.gpu);
  return {
    name: nameOf(group[0]!),
    method: record.specification.method.name,
    lambda: weight,
    runs: group.map((entry) => entry.record.id),
    baseline: baseline.map((entry) => entry.record.id),
    baselineName: nameOf(baseline[0]!),
    time: increase(({ figures }) => figures.seconds),
    peakMemory: increase(({ figures }) => figures.resources.peakMemory),
    utilisation: gpu ?? increase(({ figures }) => figures.resources.cpu),
    utilisationOf: gpu ? "gpu" : "cpu",
  };
}

/** The share of DPO in a Sequential run, by its stages' steps or epochs; one half where they are equal parts. */
function dpoShare({ record }: RunEntry): number {
  const { order, steps, epochs } = record.specification.method as Readonly<Record<string, unknown>>;
  const lengths = [steps, epochs].find((list): list is number[] => Array.isArray(list) && list.length > 0);
  if (!lengths || !Array.isArray(order)) return 0.5;
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const dpo = lengths.reduce((sum, length, i) => sum + (order[i] === "dpo" ? length : 0), 0);
  return dpo / total;
}

/** @returns null where there are no shares */
export function nearestShare(shares: readonly number[], lambda: number): number | null {
  const rounding = 1e-9;
  const [nearest = null] = [...shares].sort((a, b) => {
    const further = Math.abs(a - lambda) - Math.abs(b - lambda);
    return Math.abs(further) > rounding ? further : Math.abs(a - 0.5) - Math.abs(b - 0.5);
  });
  return nearest;
}

/** (57), (58): (A − B) / B in percent, of every comparison of a run with a baseline run in which both are known. */
function increases(
  group: readonly RunEntry[],
  baseline: readonly RunEntry[],
  of: (entry: RunEntry) => number | null,
): number[] {
  return group.flatMap((entry) => {
    const twins = baseline.filter((one) => one.record.specification.seed === entry.record.specification.seed);
    return (twins.length > 0 ? twins : baseline).flatMap((one) => {
      const [a, b] = [of(entry), of(one)];
      return a === null || b === null || b <= 0 ? [] : [(100 * (a - b)) / b];
    });
  });
}

function nameOf({ record: { specification } }: RunEntry): string {
  const { k } = specification.method;
  return `${defaultName(specification)}${typeof k === "number" ? `, k=${k}` : ""}`;
}

const measures = [
  ["time", "Time"],
  ["peakMemory", "Peak memory"],
  ["utilisation", "Utilisation"],
] as const;

/** Means as the `bars` view draws them. */
function resourceBars(uses: readonly ResourceUse[]): Bars {
  return {
    title: "Increase over the matching Sequential run (%)",
    groups: measures.map(([, title]) => title),
    series: uses.map((one) => ({
      name: one.name,
      method: one.method,
      lambda: one.lambda,
      values: measures.map(([key]) => one[key]?.mean ?? null),
    })),
  };
}

/** One line a method: `Mix λ=0.5: time +52.1 ± 3.0 %, …, over Sequential DPO → SFT (3 runs against 3)`. */
function inWords(uses: readonly ResourceUse[]): string {
  const percent = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
  const lines = uses.map((one) => {
    const parts = measures.map(([key, title]) => {
      const figure = one[key];
      const what = key === "utilisation" ? `${title} (${one.utilisationOf})` : title;
      if (!figure) return `${what.toLowerCase()} unknown`;
      const deviation = figure.deviation === null ? "" : ` ± ${figure.deviation.toFixed(1)}`;
      return `${what.toLowerCase()} ${percent(figure.mean)}${deviation} %`;
    });
    const counts = `${one.runs.length} ${one.runs.length === 1 ? "run" : "runs"} against ${one.baseline.length}`;
    return `${one.name}: ${parts.join(", ")}, over ${one.baselineName} (${counts})`;
  });
  return lines.join("\n");
}
