import { shown } from "../shown.ts";
import { readConfig } from "./config.ts";
import { ModelError } from "./model.ts";

/** How a model turns the numbers of a head with their position (Su et al. 2021). */
export interface Rotary {
  /** Share of each head's numbers that turn. */
  readonly fraction: number;
  /** The angle per position of each pair of numbers: [dimensions / 2]. */
  frequencies(dimensions: number): Float32Array;
}

/**
 * The rotary options of a `config.json`, under the names of transformers 4 (`rope_theta`, `rope_scaling`) and 5
 * (`rope_parameters`): unscaled, `linear` or `llama3`.
 *
 * @param otherwise what holds where neither says it
 */
export function readRotary(
  config: Readonly<Record<string, unknown>>,
  otherwise: { readonly fraction: number; readonly base: number },
): Rotary {
  const read = readConfig(config);
  const key = config.rope_parameters ? "rope_parameters" : "rope_scaling";
  const parameters = (config[key] ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof parameters !== "object" || Array.isArray(parameters))
    throw new ModelError(`config.json: "${key}" is ${shown(parameters)}; expected an object`);
  const nested = readConfig(parameters, `${key}.`);
  const typeKey = parameters.rope_type === undefined && parameters.type !== undefined ? "type" : "rope_type";
  const type = nested.choice(typeKey, ["default", "linear", "llama3"], "default");
  const base = nested.number("rope_theta", read.number("rope_theta", otherwise.base));
  const scaled = {
    default: () => unscaled,
    linear: () => linear(nested.number("factor")),
    llama3: () =>
      llama3({
        factor: nested.number("factor"),
        lowFrequency: nested.number("low_freq_factor"),
        highFrequency: nested.number("high_freq_factor"),
        original: nested.number(
          "original_max_position_embeddings",
          read.number("max_position_embeddings", 2048),
        ),
      }),
  }[type as "default" | "linear" | "llama3"]();
  return {
    fraction: nested.number("partial_rotary_factor", otherwise.fraction),
    frequencies: (dimensions) => rotaryFrequencies(dimensions, base).map(scaled),
  };
}

/** base^(−2i/dimensions), in float32 as PyTorch computes it. */
function rotaryFrequencies(dimensions: number, base: number): Float32Array {
  return Float32Array.from(
    { length: dimensions / 2 },
    (_, i) => 1 / Math.fround(base ** Math.fround((2 * i) / dimensions)),
  );
}

type Scaling = (frequency: number) => number;

const unscaled: Scaling = (frequency) => frequency;

/** Position interpolation (Chen et al. 2023): `factor` times as many positions on the same angles. */
const linear =
  (factor: number): Scaling =>
  (frequency) =>
    frequency / factor;

/**
 * Llama 3.1: pairs that turn often within the original context stay as they are, those that turn less than
 * `lowFrequency` times are interpolated, and those between are mixed.
 */
function llama3(of: {
  factor: number;
  lowFrequency: number;
  highFrequency: number;
  original: number;
}): Scaling {
  return (frequency) => {
    const turns = (of.original * frequency) / (2 * Math.PI);
    if (turns > of.highFrequency) return frequency;
    if (turns < of.lowFrequency) return frequency / of.factor;
    const smooth = (turns - of.lowFrequency) / (of.highFrequency - of.lowFrequency);
    return ((1 - smooth) * frequency) / of.factor + smooth * frequency;
  };
}
