import type { Answer } from "./method.ts";

/** Inner products of held gradients, as `gradients` answers them. */
export type Inner = Answer["inner"];

/** Those of two gradients a and b, by name: ⟨a, a⟩, ⟨a, b⟩, ⟨b, b⟩. */
export function ofPair(inner: Inner): { aa: number; ab: number; bb: number } {
  return { aa: inner[0]![0]!, ab: inner[0]![1]!, bb: inner[1]![1]! };
}
