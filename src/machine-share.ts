/** A variable of the environment that limits a person's share of a machine, and does not say how much; the message says what it may be. */
export class MachineShareError extends Error {
  override readonly name = "MachineShareError";
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `ALRIGHT_THREADS`: the most threads that a run computes with, on a machine that many share; null: as many as it has cores. */
export function threadLimit(environment: Environment = process.env): number | null {
  const text = environment.ALRIGHT_THREADS?.trim();
  if (!text) return null;
  const threads = Number(text);
  if (!Number.isSafeInteger(threads) || threads < 1)
    throw new MachineShareError(`ALRIGHT_THREADS is "${text}"; expected a number of threads, such as 2`);
  return threads;
}

/** `ALRIGHT_MEMORY`: the most bytes that the process of a run, or of a loaded model, may take; null: what is free. */
export function memoryLimit(environment: Environment = process.env): number | null {
  const text = environment.ALRIGHT_MEMORY?.trim();
  if (!text) return null;
  const bytes = parseBytes(text);
  if (bytes === null || !(bytes > 0))
    throw new MachineShareError(`ALRIGHT_MEMORY is "${text}"; expected bytes, such as 4GB or 512MB`);
  return bytes;
}

/** Bytes as people write them: `4GB`, `512M`, `1.5 GiB` (both kinds of unit are powers of ten), `1000000`. Null for anything else. */
export function parseBytes(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kMGT]?)i?B?$/i.exec(text.trim());
  if (!match) return null;
  const powers: Readonly<Record<string, number>> = { "": 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };
  return Number(match[1]) * powers[match[2]!.toUpperCase()]!;
}

/** Bytes as messages show them. */
export function shownBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
