/**
 * The angle per position of each pair of numbers that turn (Su et al. 2021): base^(−2i/dimensions), in float32 as
 * PyTorch computes it.
 */
export function rotaryFrequencies(dimensions: number, base: number): Float32Array {
  return Float32Array.from(
    { length: dimensions / 2 },
    (_, i) => 1 / Math.fround(base ** Math.fround((2 * i) / dimensions)),
  );
}
