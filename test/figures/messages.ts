import type { PlotMessage, RunSnapshot } from "../../src/runs/snapshot.ts";

/** Hand-written snapshots in the shape of Figure 1: Sequential turns away in its second phase, the others do not. */

export function snapshot(more: Partial<RunSnapshot> = {}): RunSnapshot {
  return {
    runId: "run-1",
    seq: 1,
    name: "run",
    method: "alright",
    lambda: 0.5,
    state: "finished",
    note: null,
    step: 200,
    steps: 200,
    ideal: { dpo: 0.065, sft: 1.498 },
    start: { dpo: 1.06, sft: 1.95 },
    series: { step: [], dpo: [], sft: [], trainStep: [], trainDpo: [], trainSft: [] },
    steered: [],
    resources: { seconds: 12, tokens: 40_000, peakMemory: null },
    ...more,
  };
}

/** From the start through `corners` (sft, dpo), `points` evaluated points in all, with a little regular noise. */
export function path(
  corners: readonly (readonly [number, number])[],
  points: number,
): Pick<RunSnapshot, "series" | "step" | "steps"> {
  const series = {
    step: [] as number[],
    dpo: [] as (number | null)[],
    sft: [] as (number | null)[],
    trainStep: [] as number[],
    trainDpo: [] as (number | null)[],
    trainSft: [] as (number | null)[],
  };
  for (let i = 1; i <= points; i++) {
    const place = (i / points) * (corners.length - 1);
    const corner = Math.min(Math.floor(place), corners.length - 2);
    const [x0, y0] = corners[corner]!;
    const [x1, y1] = corners[corner + 1]!;
    const share = place - corner;
    series.step.push(i * 10);
    series.sft.push(x0 + share * (x1 - x0) + 0.008 * Math.sin(i * 2.1));
    series.dpo.push(y0 + share * (y1 - y0) + 0.01 * Math.cos(i * 1.7));
    for (let j = 1; j <= 10; j++) {
      const turn = (i * 10 + j) % 2 === 0;
      const noise = 0.09 * Math.sin(i * 12.9898 + j * 78.233);
      series.trainStep.push((i - 1) * 10 + j);
      series.trainDpo.push(turn ? series.dpo.at(-1)! + noise : null);
      series.trainSft.push(turn ? null : series.sft.at(-1)! + noise);
    }
  }
  return { series, step: points * 10, steps: points * 10 };
}

const start = [1.95, 1.06] as const;

export const fourMethods: PlotMessage = {
  version: 1,
  view: "objective",
  runs: [
    snapshot({
      ...path([start, [1.9, 0.75], [2.14, 0.32], [1.68, 0.65], [1.545, 0.9]], 40),
      runId: "seq",
      method: "sequential",
      lambda: null,
    }),
    snapshot({ ...path([start, [1.72, 0.85], [1.68, 0.3], [1.655, 0.12]], 40), runId: "mix", method: "mix" }),
    snapshot({ ...path([start, [1.69, 0.92], [1.62, 0.55], [1.588, 0.31]], 40), runId: "al" }),
    snapshot({
      ...path([start, [1.74, 0.5], [1.66, 0.25], [1.63, 0.16]], 40),
      runId: "max",
      method: "maxright",
    }),
  ],
};

export const manyLambdas: PlotMessage = {
  version: 1,
  view: "objective",
  title: "A sweep over λ",
  runs: (["mix", "alright", "maxright"] as const).flatMap((method, m) =>
    [0.01, 0.25, 0.5, 0.75, 0.99].map((lambda) =>
      snapshot({
        ...path(
          [
            start,
            [1.9 - lambda * 0.1, 0.9 - lambda * 0.3],
            [1.53 + lambda * 0.3, 0.9 - lambda * 0.8 - m * 0.02],
          ],
          30,
        ),
        runId: `${method}-${lambda}`,
        method,
        lambda,
      }),
    ),
  ),
};

/** The toy in two weights: contours of two simple losses, and paths between them. */
export const toy: PlotMessage = (() => {
  const x = Array.from({ length: 41 }, (_, i) => -10 + i * 0.5);
  const y = Array.from({ length: 41 }, (_, i) => -12 + i * 0.5);
  const dpo = y.map((b) => x.map((a) => Math.log1p(Math.exp((a - b - 5) / 2))));
  const sft = y.map((b) => x.map((a) => Math.log1p(Math.exp(-(a + b / 10) / 2))));
  const thetas = (ends: readonly (readonly [number, number])[]) =>
    Array.from({ length: 40 }, (_, i): [number, number] => {
      const place = (i / 39) * (ends.length - 1);
      const k = Math.min(Math.floor(place), ends.length - 2);
      const share = place - k;
      return [
        ends[k]![0] + share * (ends[k + 1]![0] - ends[k]![0]),
        ends[k]![1] + share * (ends[k + 1]![1] - ends[k]![1]),
      ];
    });
  const runs = fourMethods.runs.map((run, i) => {
    const ends = [
      [
        [5, -9.9],
        [-2.8, -1.8],
        [5.85, -1.66],
      ] as const,
      [
        [5, -9.9],
        [3, -2],
        [4.2, 5],
      ] as const,
      [
        [5, -9.9],
        [2.5, -1],
        [4.6, 5.4],
      ] as const,
      [
        [5, -9.9],
        [1, -3],
        [3.8, 4.4],
      ] as const,
    ][i]!;
    return { ...run, series: { ...run.series, theta: thetas(ends) } };
  });
  return { version: 1, view: "weights", title: "Toy: weight space", runs, contours: { x, y, dpo, sft } };
})();

/** A run of a language model: with log-probabilities, margins, what each step was for, time and memory. */
export const withMetrics: RunSnapshot = (() => {
  const { series, ...rest } = path([start, [1.69, 0.92], [1.62, 0.55], [1.588, 0.31]], 40);
  const { trainStep, step } = series;
  return snapshot({
    ...rest,
    runId: "metrics",
    series: {
      ...series,
      trainDpoShare: trainStep.map((at) => Number(at % 2 === 0)),
      trainChosen: trainStep.map((at) => (at % 2 === 0 ? -60 - at / 20 : null)),
      trainRejected: trainStep.map((at) => (at % 2 === 0 ? -62 - at / 8 : null)),
      trainMargin: trainStep.map((at) => (at % 2 === 0 ? at / 100 : null)),
      seconds: step.map((at) => at * 0.35),
      memory: step.map((at) => 4e8 + 1e6 * Math.sin(at)),
    },
  });
})();

/** The toy's runs with all that a snapshot can have: something to show in every view. */
export const everything: PlotMessage = {
  ...toy,
  view: "objective",
  title: "Four methods",
  runs: toy.runs.map((run, i) => {
    const { trainStep } = run.series;
    const share = [null, 0.5, null, 0.7][i];
    const dpo = trainStep.map((at) => share ?? Number(i === 0 ? at <= 200 : (at * 7919) % 11 < 5));
    const metrics = withMetrics.series;
    return {
      ...run,
      steered: i === 2 ? [{ step: 120, lambda: 0.5 }] : [],
      series: {
        ...run.series,
        trainDpoShare: dpo,
        trainChosen: metrics.trainChosen!.map((value) => value && value - 4 * i),
        trainRejected: metrics.trainRejected!.map((value) => value && value - 6 * i),
        trainMargin: metrics.trainMargin!.map((value) => value && value * (1 - 0.2 * i)),
        seconds: metrics.seconds!.map((value) => value * (1 + 0.1 * i)),
        memory: metrics.memory!.map((value) => value! + 3e7 * i),
      },
    };
  }),
};
