/** Two responses to a prompt, in the order in which a judge sees them. */
export interface JudgedPair {
  readonly prompt: string;
  readonly first: string;
  readonly second: string;
}

export interface Verdict {
  /** How much the second response is preferred: 0 the first wins, 1 the second, ½ a draw. */
  readonly second: number;
  /** What the judge said, where it speaks. */
  readonly said?: string;
}

/** Whoever says which of two responses is better. */
export interface Judge {
  /** As `rule` or a model's name; verdicts are kept by it. */
  readonly name: string;
  judge(pair: JudgedPair, signal?: AbortSignal): Promise<Verdict>;
}
