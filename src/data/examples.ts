/** The two row shapes every reader normalises to, and the tokenised example that batches are packed from. */

/** An instruction with its response. */
export interface SftRow {
  readonly prompt: string;
  readonly completion: string;
  readonly rendered?: Rendered;
}

/** A prompt with a preferred and a rejected response. */
export interface PreferenceRow {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  readonly rendered?: Rendered;
}

/**
 * Set where the texts are a model's own chat template's, whole: the prompt goes up to where the assistant's answer begins, each response
 * from there to its end. Nothing is put around them, neither the specification's `template` nor BOS.
 */
export type Rendered = true;

/**
 * A tokenised row. The prompt starts with the BOS token where the tokenizer has one (or as a chat template has it); each response ends with
 * the end token. SFT rows have one response, preference rows two: chosen, then rejected.
 */
export interface Example {
  /** Row number in its file, from 0. */
  readonly row: number;
  /** At least one token. */
  readonly prompt: Int32Array;
  readonly responses: readonly Int32Array[];
}
