import { magicWords } from "../language/magic-spans.ts";

/** How strictly a notebook's cells are checked, as the notebook's metadata keep it: `"alright": { "typecheck": "off" }`. */

const modes = ["loose", "strict", "off"] as const;
export type Mode = (typeof modes)[number];

/** What a kernel starts with, so that a notebook need not say it. */
export const standard: Mode = "loose";

/** The mode that a cell has chosen: its last `%typecheck`. @returns null where it has none */
export function chosenMode(source: string): Mode | null {
  const [, last] = magicWords(source).findLast(([name]) => name === "%typecheck") ?? [];
  return modes.find((mode) => mode === last) ?? null;
}

/** The mode in a notebook's metadata, which may hold anything. @returns null where there is none */
export function keptMode(metadata: unknown): Mode | null {
  const kept = (metadata as { typecheck?: unknown } | null | undefined)?.typecheck;
  return modes.find((mode) => mode === kept) ?? null;
}

/**
 * The metadata with a mode in them, and what else they hold. @returns null where nothing is left to keep
 *
 * @param metadata the notebook's `alright`, or what stands there
 */
export function withMode(metadata: unknown, mode: Mode): Record<string, unknown> | null {
  const isObject = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  const { typecheck: _, ...others } = (isObject ? metadata : {}) as Record<string, unknown>;
  const kept = mode === standard ? others : { ...others, typecheck: mode };
  return Object.keys(kept).length > 0 ? kept : null;
}
