import { z } from "zod";

/**
 * The plot message: one cumulative, idempotent message rebuilds the plot. The front end imports the types only.
 * Numbers have 6 digits, a run at most 1,000 points and 25 kB.
 */
export const PLOT_MIME = "application/vnd.alright.plot.v1+json";
export const CONTROL_TARGET = "alright.control";

const Numbers = z.array(z.number().nullable());
const Point = z.object({ dpo: z.number(), sft: z.number() });

export const RunState = z.enum(["preparing", "running", "paused", "finished", "stopped", "failed"]);

export const RunSnapshot = z.object({
  runId: z.string(),
  /** Only grows, also across restarts and resumes. */
  seq: z.number().int(),
  name: z.string(),
  method: z.string(),
  lambda: z.number().nullable(),
  state: RunState,
  /** What it is doing while "preparing", or why it failed: one line. */
  note: z.string().nullable(),
  step: z.number().int(),
  steps: z.number().int(),
  /** Approximate minima (f*), once known. */
  ideal: Point.nullable(),
  /** Evaluated losses before the first step. */
  start: Point.nullable(),
  /** Columnar. `evaluated` losses at their steps make the path in objective space; the others are per step. */
  series: z.object({
    /** Steps of the evaluated points. */
    step: z.array(z.number().int()),
    dpo: Numbers,
    sft: Numbers,
    /** Training losses seen by step (decimated), null where that objective was not seen. */
    trainStep: z.array(z.number().int()),
    trainDpo: Numbers,
    trainSft: Numbers,
    /** Of the same steps: how much of them was DPO's (0 … 1), log-probabilities and reward margins of DPO's batches. */
    trainDpoShare: Numbers.optional(),
    trainChosen: Numbers.optional(),
    trainRejected: Numbers.optional(),
    trainMargin: Numbers.optional(),
    /** At the evaluated points: seconds of training so far, and the trainer's resident bytes. */
    seconds: z.array(z.number()).optional(),
    memory: Numbers.optional(),
    /** Weights-space path, where the model has two parameters (the toy). */
    theta: z.array(z.tuple([z.number(), z.number()])).optional(),
  }),
  steered: z.array(z.object({ step: z.number().int(), lambda: z.number() })),
  resources: z.object({ seconds: z.number(), tokens: z.number(), peakMemory: z.number().nullable() }),
  /** Of a point that is the mean of several runs: how many, and their sample standard deviation. */
  spread: z.object({ runs: z.number().int(), dpo: z.number(), sft: z.number() }).optional(),
});

/** Loss contours over a plane of weights: `z[i][j]` at (x[j], y[i]). */
export const Contours = z.object({
  x: z.array(z.number()),
  y: z.array(z.number()),
  dpo: z.array(z.array(z.number())),
  sft: z.array(z.array(z.number())),
});

/** Grouped bars: one value per run in each group, e.g. gaps and ideal distance. */
export const Bars = z.object({
  title: z.string(),
  groups: z.array(z.string()),
  series: z.array(
    z.object({ name: z.string(), method: z.string(), lambda: z.number().nullable(), values: Numbers }),
  ),
});

export const PlotMessage = z.object({
  version: z.literal(1),
  view: z.enum(["objective", "losses", "weights", "bars", "front"]),
  title: z.string().optional(),
  runs: z.array(RunSnapshot),
  contours: Contours.optional(),
  bars: Bars.optional(),
});

export type RunState = z.infer<typeof RunState>;
export type RunSnapshot = z.infer<typeof RunSnapshot>;
export type Contours = z.infer<typeof Contours>;
export type Bars = z.infer<typeof Bars>;
export type PlotMessage = z.infer<typeof PlotMessage>;

/** What the front end asks through the comm `alright.control`, and what it is answered. */
export interface ControlRequest {
  readonly action: "pause" | "resume" | "stop" | "steer" | "snapshots";
  readonly runId?: string;
  readonly lambda?: number;
}
export interface ControlReply {
  readonly ok: boolean;
  readonly error?: string;
  readonly snapshots?: readonly RunSnapshot[];
}
