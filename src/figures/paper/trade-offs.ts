import { type Spread, spread } from "../../evaluation/index.ts";
import type { ShippedRun } from "../../paper/shipped.ts";
import type { RunSnapshot } from "../../runs/snapshot.ts";
import type { Loss } from "../gaps.ts";
import { methodLabel } from "../palette.ts";
import type { Drawn } from "../trace.ts";
import { barsPanel } from "./bars-panel.ts";
import { pathsPanel } from "./objective-space.ts";
import { type PaperFigure, paperColumns } from "./picture.ts";

/** A run of the figure that was made again: which one, and what it did this time. */
export interface RunAgain {
  readonly method: string;
  readonly pair: number;
  readonly snapshot: RunSnapshot;
}

/** The paper's families of colours, lighter to darker with λ or T_DPO. */
const shades: Readonly<Record<string, readonly string[]>> = {
  sequential: ["#90ee90", "#32cd32", "#008000", "#228b22", "#006400"],
  mix: ["#e6e6fa", "#d8bfd8", "#dda0dd", "#9370db", "#4b0082"],
  alright: ["#f4a9a0", "#fa8072", "#ff6347", "#dc143c", "#b22222"],
  maxright: ["#add8e6", "#87ceeb", "#1e90ff", "#4169e1", "#00008b"],
};
const methods = ["sequential", "mix", "alright", "maxright"];
const shadeOf = (method: string, pair: number, count: number) =>
  shades[method]![Math.round((4 * pair) / Math.max(1, count - 1))]!;
/** Each panel's methods, Sequential and Mix being in both, and those that its legend names. */
const halves = [
  { drawn: ["sequential", "mix", "alright"], named: ["sequential", "alright"] },
  { drawn: ["sequential", "mix", "maxright"], named: ["mix", "maxright"] },
];

/** A λ of the joint methods, and the Sequential epochs that it is compared with. */
export interface TradeOff {
  readonly lambda: number;
  readonly epochs: readonly [number, number];
}

/**
 * Figures 3, 7 and 8: left the paths of four methods at several trade-offs, right their optimality gaps, distances from the ideal point, and the
 * increase of runtime and of median memory over the Sequential run of the same pair (eqs. 57 and 58). Of several seeds, gaps and distances are means
 * with whiskers from the smallest to the largest; the paths, and what the machine was doing, are the first one's.
 *
 * @param name "Figure 3"
 * @param runs of one experiment; those of one seed have the same ideal point
 * @param pairs of that experiment; a run's `pair` is an index into them
 * @param again the run that was made again, drawn over the first in white dots and named so
 * @throws RangeError where a pair has no Sequential run, or a run no ideal point
 */
export function tradeOffFigure(
  name: string,
  runs: readonly ShippedRun[],
  pairs: readonly TradeOff[],
  again?: RunAgain,
): PaperFigure {
  const first = runs.filter(({ seed }) => seed === runs[0]!.seed);
  const ideal = idealOf(name, first);
  const panel = (title: string, spreadOf: (bar: Bar) => Spread | null, legend = false): Drawn =>
    barsPanel(
      methods.map((method) => {
        const bars = pairs.map((_, pair) =>
          spreadOf(runs.filter((run) => run.method === method && run.pair === pair)),
        );
        return {
          name: methodLabel(method),
          color: shades[method]![2]!,
          shades: pairs.map((_, pair) => shadeOf(method, pair, pairs.length)),
          values: bars.map((bar) => bar?.mean ?? null),
          ranges: bars.map((bar) => bar && ([bar.smallest, bar.largest] as const)),
        };
      }),
      { title, groups: pairs.map(({ lambda }) => `λ = ${lambda}`), legend },
    );
  const mean = (value: (run: ShippedRun) => number | null) => (bar: Bar) =>
    spread(bar.map(value).filter((each) => each !== null));
  const over = (value: (run: ShippedRun) => number | null) => (bar: Bar) => {
    const [run] = bar;
    if (!run) return null;
    const base = find(first, "sequential", run.pair);
    if (!base) throw new RangeError(`${name}: ${run.id} has no Sequential run of its pair to compare with`);
    const [own, other] = [value(run), value(base)];
    return own === null || other === null ? null : spread([100 * (own / other - 1)]);
  };
  return paperColumns(
    name,
    [
      { share: 1, panels: halves.map((half) => pathsOf(first, pairs, half, ideal, again)) },
      {
        share: 1,
        heights: [1, 1.35, 1, 1, 1], // the second has the legend
        panels: [
          panel(
            "DPO Optimality Gap",
            mean(({ summary }) => summary.gaps?.dpo ?? null),
          ),
          panel(
            "SFT Optimality Gap",
            mean(({ summary }) => summary.gaps?.sft ?? null),
            true,
          ),
          panel(
            "Ideal Distance",
            mean(({ summary }) => summary.idealDistance ?? null),
          ),
          panel(
            "Increase in Runtime (%)",
            over(({ summary }) => summary.seconds),
          ),
          panel(
            "Increase in Median Memory (%)",
            over(({ summary }) => summary.resources?.memory ?? null),
          ),
        ],
      },
    ],
    840,
  );
}

/** Runs of one method and pair, one for each seed. */
type Bar = readonly ShippedRun[];

const find = (runs: readonly ShippedRun[], method: string, pair: number) =>
  runs.find((run) => run.method === method && run.pair === pair);

function idealOf(name: string, runs: readonly ShippedRun[]): Loss {
  const without = runs.find(({ summary }) => !summary.ideal);
  if (without) throw new RangeError(`${name}: ${without.id} has no ideal point; its distance can't be drawn`);
  const ideal = runs[0]?.summary.ideal;
  if (!ideal) throw new RangeError(`${name}: there are no runs to draw`);
  return ideal;
}

function pathsOf(
  runs: readonly ShippedRun[],
  pairs: readonly TradeOff[],
  { drawn, named }: (typeof halves)[number],
  ideal: Loss,
  again: RunAgain | undefined,
): Drawn {
  const paths = drawn.flatMap((method) =>
    pairs.flatMap(({ lambda, epochs }, pair) => {
      const run = find(runs, method, pair);
      if (!run) return [];
      const which =
        method === "sequential" ? `Seq. (${epochs.join(", ")})` : `${methodLabel(method)} ${lambda}`;
      const color = shadeOf(method, pair, pairs.length);
      const isAgain = again?.method === method && again.pair === pair && named.includes(method);
      return [
        { name: which, color, snapshot: run.snapshot, unnamed: !named.includes(method) },
        ...(isAgain ? [{ name: `${which}, run again`, color, snapshot: again.snapshot, again: true }] : []),
      ];
    }),
  );
  return pathsPanel(paths, ideal, { legend: true });
}
