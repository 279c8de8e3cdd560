import type { RunSnapshot } from "../runs/snapshot.ts";
import { evaluatedPath, idealDistance, optimalityGaps } from "./gaps.ts";
import type { Curve, StepPanel } from "./over-steps.ts";

type Panels = readonly [StepPanel] | readonly [StepPanel, StepPanel];

/** Views over steps, and whether a run has something to show in them. */
export interface StepView {
  readonly panels: Panels;
  readonly has: (run: RunSnapshot) => boolean;
}

const MB = 2 ** 20;
/** From one run's row to the next, and how high the rows of all runs are at most, where 1 is the whole axis. */
const [row, band] = [0.05, 0.4];

function gapCurve(run: RunSnapshot, of: "dpo" | "sft" | "distance"): Curve[] {
  const { ideal } = run;
  if (!ideal) return [];
  const path = evaluatedPath(run);
  const y = path.steps.map((_, i) => {
    const loss = { dpo: path.dpo[i]!, sft: path.sft[i]! };
    return of === "distance" ? idealDistance(loss, ideal) : optimalityGaps(loss, ideal)[of];
  });
  const what = of === "distance" ? "distance from the ideal point" : `${of.toUpperCase()} optimality gap`;
  return [{ x: path.steps, y, what }];
}

const hasGaps = (run: RunSnapshot) => run.ideal !== null && evaluatedPath(run).steps.length > 0;

/** Share of DPO in all steps so far. The columns hold means over equally many steps, except perhaps the last. */
function soFar(run: RunSnapshot): (number | null)[] {
  const { trainStep, trainDpoShare = [] } = run.series;
  let sum = 0;
  let steps = 0;
  return trainDpoShare.map((share, i) => {
    const width = trainStep[i]! - (trainStep[i - 1] ?? 0);
    if (share !== null) {
      sum += share * width;
      steps += width;
    }
    return steps > 0 ? sum / steps : null;
  });
}

const trained = (run: RunSnapshot) => run.series.trainStep;

export const stepViews = {
  gaps: {
    panels: [
      { title: "SFT optimality gap", curves: (run) => gapCurve(run, "sft"), level: 0 },
      { title: "DPO optimality gap", curves: (run) => gapCurve(run, "dpo"), level: 0 },
    ],
    has: hasGaps,
  },
  distance: {
    panels: [
      { title: "Distance from the ideal point", curves: (run) => gapCurve(run, "distance"), level: 0 },
    ],
    has: hasGaps,
  },
  logprobs: {
    panels: [
      {
        title: "Log-probability (dotted: rejected)",
        curves: (run) => [
          { x: trained(run), y: run.series.trainChosen ?? [], what: "chosen", dash: "solid", bare: true },
          { x: trained(run), y: run.series.trainRejected ?? [], what: "rejected", dash: "dot", bare: true },
        ],
      },
      {
        title: "Reward margin",
        curves: (run) => [{ x: trained(run), y: run.series.trainMargin ?? [], what: "margin", bare: true }],
        level: 0,
      },
    ],
    has: ({ series }) => series.trainChosen !== undefined || series.trainMargin !== undefined,
  },
  steps: {
    panels: [
      {
        title: "DPO’s share so far",
        curves: (run) => [{ x: trained(run), y: soFar(run), what: "DPO’s share so far", bare: true }],
        range: [-0.05, 1.05],
      },
      {
        title: "Steps on SFT (0) or DPO (1)",
        curves: (run, at, of) => {
          const shares = run.series.trainDpoShare ?? [];
          const height = Math.min(band, row * (of - 1));
          const own = of > 1 ? (height * at) / (of - 1) : 0;
          return [
            {
              x: trained(run),
              // Each run has a row of its own in both bands, SFT's from 0 upwards and DPO's up to 1.
              y: shares.map((share) => (share === null ? null : share * (1 - height) + own)),
              what: "DPO’s share",
              shown: shares,
              dots: true,
            },
          ];
        },
        range: [-0.05, 1.05],
      },
    ],
    has: ({ series }) => series.trainDpoShare !== undefined,
  },
  resources: {
    panels: [
      {
        title: "Training time in s",
        curves: ({ series }) => [{ x: series.step, y: series.seconds ?? [], what: "seconds" }],
      },
      {
        title: "Memory in MB",
        curves: ({ series }) => [
          { x: series.step, y: (series.memory ?? []).map((bytes) => bytes && bytes / MB), what: "MB" },
        ],
      },
    ],
    has: ({ series }) => series.seconds !== undefined && series.seconds.length > 0,
  },
} as const satisfies Readonly<Record<string, StepView>>;

export type StepViewName = keyof typeof stepViews;
