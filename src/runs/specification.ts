import { z } from "zod";

/** A run's whole specification: what `train()` takes, what magics build, what `run.json` records. Unknown keys are errors. */

const Losses = z.strictObject({ dpo: z.number(), sft: z.number() });

export const Lora = z.strictObject({
  rank: z.number().int().positive().default(32),
  alpha: z.number().positive().default(32),
  /** Names of linear layers, "all-linear" or a regular expression, as in PEFT; `null`: the model's own default. */
  targets: z
    .union([z.string(), z.array(z.string())])
    .nullable()
    .default(null),
  dropout: z.number().min(0).lt(1).default(0),
  /** Scale alpha / √rank instead of alpha / rank. */
  rslora: z.boolean().default(false),
});

const Reference = z.union([
  z.string(),
  z.strictObject({ sft: z.enum(["chosen", "sft"]), steps: z.number().int().positive() }),
]);

const Optimizer = z.strictObject({
  name: z.enum(["adam", "sgd"]).default("adam"),
  learningRate: z.number().nonnegative().default(5e-5),
  betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]).default([0.9, 0.95]),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().nonnegative().default(0),
  /** Largest gradient norm; `null`: no clipping. */
  clip: z.number().positive().nullable().default(1),
  schedule: z.enum(["constant", "linear", "cosine"]).default("constant"),
  warmup: z.number().int().nonnegative().default(0),
});

/**
 * The loss of the preference rows and its options, of which each loss has some: its own table (src/objectives) has
 * their ranges and defaults, and a loss made with `defineObjective` may have others.
 */
const PreferenceLoss = z.looseObject({
  /** sigmoid (DPO), ipo, hinge, rpo, simpo, orpo, cpo, or a name given to `defineObjective`. */
  loss: z.string().default("sigmoid"),
  beta: z.number().optional(),
  labelSmoothing: z.number().optional(),
  gamma: z.number().optional(),
  nllWeight: z.number().optional(),
  oddsWeight: z.number().optional(),
  perToken: z.boolean().optional(),
});

/** SFT's: without `loss` the negative log-probability of the responses. */
const SftLoss = z.looseObject({
  loss: z.string().optional(),
  reduction: z.enum(["tokens", "sequences"]).optional(),
});

export const Specification = z.strictObject({
  model: z.string(),
  data: z.strictObject({ sft: z.string().optional(), dpo: z.string().optional() }),
  /** A method's name and its options (the method's own table validates them). */
  method: z.looseObject({ name: z.string() }),
  steps: z.number().int().positive().optional(),
  epochs: z.number().positive().optional(),
  lora: Lora.nullable().prefault({}),
  reference: Reference.default("start"),
  ideal: z
    .union([z.literal("runs"), Losses])
    .nullable()
    .default("runs"),
  stop: z
    .strictObject({
      gap: z.number().nonnegative().default(1e-4),
      /** Points [f_SFT, f_DPO]; `stoppingFront` makes them of runs that have ended. */
      front: z.array(z.tuple([z.number(), z.number()])).default([]),
      /** Whether one optimality gap within `gap` is enough, as in the paper's code, or both have to be. */
      gaps: z.enum(["either", "both"]).default("either"),
    })
    .nullable()
    .default(null),
  objectives: z
    .strictObject({
      dpo: PreferenceLoss.prefault({}),
      sft: SftLoss.prefault({}),
    })
    .prefault({}),
  optimizer: Optimizer.prefault({}),
  batchSize: z
    .strictObject({
      sft: z.number().int().positive().default(24),
      dpo: z.number().int().positive().default(8),
    })
    .prefault({}),
  template: z.string().default("User: {prompt}\nAssistant: "),
  maxLength: z.number().int().positive().default(2048),
  tooLong: z.enum(["stop", "cut", "skip"]).default("stop"),
  onBadRow: z.enum(["stop", "skip"]).default("stop"),
  evaluation: z
    .strictObject({
      every: z.number().int().positive().default(100),
      fraction: z.number().min(0).max(1).default(0.03),
      heldOut: z.boolean().default(true),
    })
    .prefault({}),
  checkpoint: z.strictObject({ every: z.number().int().positive().default(100) }).prefault({}),
  seed: z.number().int().nonnegative().default(42),
  device: z.enum(["cpu", "cuda", "webgpu", "auto"]).default("cpu"),
  memory: z.number().positive().nullable().default(null),
  threads: z.number().int().positive().nullable().default(null),
  name: z.string().nullable().default(null),
});

/** What a user writes: only model, data and method are required. */
export type SpecificationInput = z.input<typeof Specification>;
/** With every default filled in. */
export type Specification = z.output<typeof Specification>;
