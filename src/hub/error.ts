/** A model or data set of the hub that can't be had; the message names repository, revision or file, and says what to do. */
export class HubError extends Error {
  override readonly name = "HubError";
  /** It may work later, or over another connection: what is in the cache may stand in. */
  readonly temporary: boolean;
  /** Seconds that the server asked to wait, where it did. */
  readonly wait: number;

  constructor(message: string, { temporary = false, wait = 0 }: { temporary?: boolean; wait?: number } = {}) {
    super(message);
    this.temporary = temporary;
    this.wait = wait;
  }
}

/** For messages: the first of a list that may be long. */
export function some(list: readonly string[], most = 8): string {
  return `${list.slice(0, most).join(", ")}${list.length > most ? ` and ${list.length - most} more` : ""}`;
}
