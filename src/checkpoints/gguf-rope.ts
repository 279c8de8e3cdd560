import type { TensorData } from "./checkpoint.ts";
import type { GgufMetadata } from "./gguf-metadata.ts";

/** Context that llama.cpp's conversion takes for the original one; it only fixes the unit of the other two factors. */
const originalContext = 8192;
/** Factors are float32, and so is what they were computed from. */
const tolerance = 1e-4;

/**
 * `rope_scaling` of a `config.json`, or undefined where positions are not scaled.
 *
 * Llama 3's scaling (https://arxiv.org/abs/2407.21783; `_compute_llama3_parameters` of transformers) divides the frequency
 * of each pair by a number that a GGUF file lists in `rope_freqs.weight`: 1 for wavelengths under original / high, the
 * factor for those over original / low, and between them 1 / ((1 − s) / factor + s), s = (original / wavelength − low) / (high − low).
 * From two pairs in between, original, low and high follow up to their common scale, which changes nothing.
 */
export function ropeScaling(
  metadata: GgufMetadata,
  prefix: string,
  rope: { headDim: number; base: number },
  factors: TensorData | undefined,
): Record<string, unknown> | undefined {
  const type = metadata.text(`${prefix}.rope.scaling.type`, "none");
  if (factors) return llama3(metadata, rope, factors);
  if (type === "none") {
    const old = metadata.number(`${prefix}.rope.scale_linear`, 1);
    return old === 1 ? undefined : { rope_type: "linear", factor: old };
  }
  if (type === "linear") {
    const factor = metadata.decimal(`${prefix}.rope.scaling.factor`);
    return factor === 1 ? undefined : { rope_type: "linear", factor };
  }
  return metadata.fail(
    `positions are scaled by ${JSON.stringify(type)} (metadata "${prefix}.rope.scaling.type"); "linear" and Llama 3's are read`,
  );
}

function llama3(
  metadata: GgufMetadata,
  { headDim, base }: { headDim: number; base: number },
  { data, shape }: TensorData,
): Record<string, unknown> | undefined {
  if (data.length !== headDim / 2)
    metadata.fail(
      `tensor "rope_freqs.weight" has shape ${JSON.stringify(shape)}; heads of ${headDim} need [${headDim / 2}]`,
    );
  if (data.every((value) => value === 1)) return undefined;
  const factor = Number(data.reduce((a, b) => Math.max(a, b)).toPrecision(6));
  // original / wavelength of each pair, and the s that its factor came from
  const turns = Array.from(data, (_, i) => (originalContext * base ** ((-2 * i) / headDim)) / (2 * Math.PI));
  const smooth = Array.from(data, (value) => (1 / value - 1 / factor) / (1 - 1 / factor));
  const between = turns.flatMap((turn, i) => {
    const s = smooth[i]!;
    return s > tolerance && s < 1 - tolerance ? [{ turn, s }] : [];
  });
  const bounds: [low: number, high: number][] = [[1, 4]]; // those of Llama 3 itself
  const [first, last] = [between[0], between.at(-1)];
  if (first && last && first !== last) {
    const span = (first.turn - last.turn) / (first.s - last.s); // high − low
    const low = nearby(first.turn - first.s * span);
    bounds.push([low, nearby(low + span)]);
  }
  for (const [low, high] of bounds) {
    const fits = turns.every((turn, i) => {
      const s = Math.min(1, Math.max(0, (turn - low) / (high - low)));
      const expected = 1 / ((1 - s) / factor + s);
      return Math.abs(data[i]! - expected) < tolerance * factor;
    });
    if (fits)
      return {
        rope_type: "llama3",
        factor,
        low_freq_factor: low,
        high_freq_factor: high,
        original_max_position_embeddings: originalContext,
      };
  }
  return metadata.fail(
    'tensor "rope_freqs.weight" does not follow Llama 3\'s rule for scaled positions; give the Hugging Face directory of the model',
  );
}

/** Rounded to three decimals, where that is as near as float32 lets it be. */
function nearby(value: number): number {
  const round = Math.round(value * 1000) / 1000;
  return Math.abs(round - value) < tolerance * Math.abs(value) ? round : value;
}
