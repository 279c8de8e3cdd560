const assistant = "\n\nAssistant:";

/** The transcripts of hh-rlhf (Bai et al. 2022), parted where they stop being the same conversation. */
export interface Parted {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/**
 * Parts two transcripts `\n\nHuman: … \n\nAssistant: …`: the prompt is everything up to and including the last
 * `\n\nAssistant:` that both have in common, the responses what follows, without the space at their start.
 *
 * @returns what is wrong, where they have no such beginning
 */
export function partTranscripts(chosen: string, rejected: string): Parted | string {
  let common = 0;
  while (common < chosen.length && chosen[common] === rejected[common]) common++;
  const at = chosen.slice(0, common).lastIndexOf(assistant);
  if (at < 0)
    return `"chosen" and "rejected" have no common beginning up to a "\\n\\nAssistant:"; each is a transcript "\\n\\nHuman: … \\n\\nAssistant: …" with the same prompt`;
  const end = at + assistant.length;
  return {
    prompt: chosen.slice(0, end),
    chosen: chosen.slice(end).trimStart(),
    rejected: rejected.slice(end).trimStart(),
  };
}
