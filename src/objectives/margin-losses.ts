/**
 * The losses of DPO's family that are a curve over the margin of two rewards. Each entry: the formula and its source,
 * the options with the paper's defaults, and the form (margin.ts), of which value, derivative and the engine's graph
 * are made. Δ is the log-probability of the chosen response y_w less the rejected one's y_l, less the same of the reference.
 */
import type { OptionEntry } from "../runs/options.ts";
import { defineMargin } from "./definition.ts";

const beta = {
  type: "number",
  default: 0.1,
  above: 0,
  aliases: ["β"],
  help: "scale of rewards: strength of the pull towards the reference",
} as const satisfies OptionEntry<number>;

const labelSmoothing = {
  type: "number",
  default: 0,
  minimum: 0,
  below: 0.5,
  help: "probability that a preference is the wrong way round (cDPO)",
} as const satisfies OptionEntry<number>;

const nllWeight = {
  type: "number",
  default: 1,
  minimum: 0,
  help: "weight of the chosen response's negative log-probability",
} as const satisfies OptionEntry<number>;

const logistic = (labelSmoothing: number) => ({ kind: "logistic", labelSmoothing }) as const;

/**
 * −log σ(βΔ) (Rafailov et al. 2023, "Direct Preference Optimization", eq. 7). Label smoothing ε: (1 − ε) times that,
 * plus −ε log σ(−βΔ) (Mitchell 2023, "A note on DPO with noisy preferences": cDPO).
 */
export const sigmoid = defineMargin("sigmoid", { beta, labelSmoothing }, (options) => ({
  scale: options.beta,
  perToken: false,
  offset: 0,
  curve: logistic(options.labelSmoothing),
  nll: null,
}));

/**
 * (Δ − 1/(2β))² = (½ − βΔ)² / β² (Azar et al. 2023, "A General Theoretical Paradigm to Understand Learning from Human
 * Preferences", eq. 17, its τ here β). Log-probabilities are sums, as printed there; `perToken` takes means over each
 * response's tokens, as TRL does.
 */
export const ipo = defineMargin(
  "ipo",
  {
    beta,
    perToken: {
      type: "boolean",
      default: false,
      help: "mean of a response's token log-probabilities instead of their sum",
    },
  },
  ({ beta, perToken }) => ({
    scale: beta,
    perToken,
    offset: 0.5,
    curve: { kind: "square", weight: 1 / beta ** 2 },
    nll: null,
  }),
);

/**
 * max(0, 1 − βΔ): the ranking loss of SLiC-HF (Zhao et al. 2023) on DPO's margin (Liu et al. 2024, "Statistical
 * Rejection Sampling Improves Preference Optimization", hinge-norm).
 */
export const hinge = defineMargin("hinge", { beta }, (options) => ({
  scale: options.beta,
  perToken: false,
  offset: 1,
  curve: { kind: "hinge" },
  nll: null,
}));

/**
 * DPO plus the negative log-probability of the chosen response by its length (Pang et al. 2024, "Iterative Reasoning
 * Preference Optimization", eq. 1). The paper weighs the DPO term by α; `nllWeight` weighs the other one, as TRL does:
 * up to a common factor it is 1/α.
 */
export const rpo = defineMargin("rpo", { beta, nllWeight, labelSmoothing }, (options) => ({
  scale: options.beta,
  perToken: false,
  offset: 0,
  curve: logistic(options.labelSmoothing),
  nll: { weight: options.nllWeight, perToken: true },
}));

/**
 * −log σ(β/|y_w| log π(y_w) − β/|y_l| log π(y_l) − γ) (Meng et al. 2024, "SimPO", eq. 6). No reference. The defaults are
 * those of the authors' code; the paper's runs have β of 2 to 2.5 (10 later on) and γ of 0.3 to 1.6.
 */
export const simpo = defineMargin(
  "simpo",
  {
    beta: { ...beta, default: 2, help: "scale of rewards, which are mean token log-probabilities" },
    gamma: {
      type: "number",
      default: 0.5,
      minimum: 0,
      aliases: ["γ"],
      help: "margin by which the chosen response's reward is to be larger",
    },
    labelSmoothing,
  },
  (options) => ({
    scale: options.beta,
    perToken: true,
    offset: options.gamma,
    curve: logistic(options.labelSmoothing),
    nll: null,
  }),
  { needsReference: false },
);

/**
 * −log σ(β log π(y_w) − β log π(y_l)) − log π(y_w) (Xu et al. 2024, "Contrastive Preference Optimization", §3).
 * No reference. The second term is the response's sum, as printed there; `perToken` takes its mean over tokens, as trainers do.
 */
export const cpo = defineMargin(
  "cpo",
  {
    beta: { ...beta, help: "scale of rewards, which are log-probabilities" },
    nllWeight,
    perToken: {
      type: "boolean",
      default: false,
      help: "the term of nllWeight is a mean over tokens instead of their sum",
    },
    labelSmoothing,
  },
  (options) => ({
    scale: options.beta,
    perToken: false,
    offset: 0,
    curve: logistic(options.labelSmoothing),
    nll: { weight: options.nllWeight, perToken: options.perToken },
  }),
  { needsReference: false },
);
