import { decided, type Margin, overSeeds } from "./over-seeds.ts";

/** The MIME type under which a notebook's claims are read by programs (`npm run reproduce`). */
export const CLAIMS_MIME = "application/vnd.alright.claims.v1+json";

export interface Claim {
  /** The claim, in words. */
  readonly claim: string;
  /** The expected number (the paper's, unless the table says otherwise), or "none given". */
  readonly expected: string;
  /** The number here. */
  readonly here: string;
  readonly held: boolean;
  /** The figure, table or theorem of the paper that it belongs to: "Theorem 3.3". */
  readonly item?: string;
  /** Why it does not hold, where the reason has been found: a misprint, as a rule. */
  readonly because?: string;
}

/** What a claim's line says besides its words. */
export interface ClaimNumbers {
  readonly expected?: string;
  readonly here: string;
  readonly because?: string;
}

/** What a claim over seeds says besides. */
export interface SeedClaimNumbers extends ClaimNumbers {
  /** What makes the seeds differ so much, for a claim that they might not decide; said only where they do not. */
  readonly undecided?: string;
}

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => escapes[character]);

/**
 * A notebook's table of claims: what is claimed, the expected number, the number here, held or not. The outcome comes from
 * the numbers alone: a claim that does not hold is shown as such, and never throws.
 */
export class Claims {
  readonly title: string;
  readonly list: Claim[] = [];
  /** Where the expected numbers are from, as the table's heading. */
  readonly source: string;
  #item: string | undefined;

  constructor(title: string, source = "paper") {
    this.title = title;
    this.source = source;
  }

  /** The figure, table or theorem that the claims added next belong to. */
  of(item: string): this {
    this.#item = item;
    return this;
  }

  /** Adds one claim; `held` is the comparison itself. `because` says why one that is known not to hold does not. */
  check(claim: string, held: boolean, numbers: ClaimNumbers): this {
    this.list.push({
      claim,
      expected: numbers.expected ?? "none given",
      here: numbers.here,
      held,
      ...(this.#item !== undefined && { item: this.#item }),
      ...(numbers.because !== undefined && { because: numbers.because }),
    });
    return this;
  }

  /** Adds a claim that a number equals the expected one within a tolerance; a missing number does not hold. */
  near(
    claim: string,
    here: number | null | undefined,
    expected: number,
    tolerance: number,
    digits = 3,
    because?: string,
  ): this {
    const value = here ?? Number.NaN;
    const held = Math.abs(value - expected) <= tolerance;
    return this.check(claim, held, {
      expected: `${expected} ± ${tolerance}`,
      here: value.toFixed(digits),
      ...(because !== undefined && { because }),
    });
  }

  /**
   * Adds a claim that is a comparison at several places, each made once for each seed. It holds where the 95% interval of every mean margin lies
   * above 0. With one seed there is no interval: then every margin itself has to. What does not hold is named, and where the interval only includes
   * 0 the seeds can't tell, which is a reason of its own.
   */
  overSeeds(
    claim: string,
    margins: readonly Margin[],
    { undecided: why, ...numbers }: SeedClaimNumbers,
  ): this {
    const decisions = margins.map((margin) => ({ ...margin, decision: decided(margin) }));
    const seeds = Math.min(...margins.map(({ bySeed }) => bySeed.length));
    const at = (decision: string) => decisions.filter((one) => one.decision === decision).map(({ at }) => at);
    const ranges = decisions.flatMap(({ at, bySeed, decision }) => {
      const { interval } = overSeeds(bySeed);
      return decision === "undecided"
        ? [`${at} (${interval!.map((end) => `${Number(end.toPrecision(2))}`).join(" to ")})`]
        : [];
    });
    const against = at("against");
    const undecided = at("undecided");
    const here = [
      numbers.here,
      seeds === 1 ? "1 seed" : `${seeds} seeds`,
      ...(against.length > 0 ? [`against it: ${against.join(", ")}`] : []),
      ...(ranges.length > 0 ? [`undecided: ${ranges.join(", ")}`] : []),
    ].join("; ");
    const doubt = `the 95 % interval of ${seeds} seeds has 0 in it at ${undecided.join(", ")}${why ? `: ${why}` : ""}`;
    const because = numbers.because ?? (against.length === 0 && undecided.length > 0 ? doubt : undefined);
    return this.check(claim, against.length + undecided.length === 0, {
      ...numbers,
      here,
      ...(because !== undefined && { because }),
    });
  }

  get held(): number {
    return this.list.filter((claim) => claim.held).length;
  }

  toText(): string {
    const lines = this.list.map(
      (entry) =>
        `${entry.held ? "held    " : "NOT HELD"}  ${entry.item ? `${entry.item}: ` : ""}${entry.claim}  (${this.source}: ${entry.expected}; here: ${entry.here})${entry.because ? `; ${entry.because}` : ""}`,
    );
    return [`${this.title}: ${this.held} of ${this.list.length} claims held`, ...lines].join("\n");
  }

  toHtml(): string {
    const items = this.list.some((entry) => entry.item !== undefined);
    // The item and whether it holds are short: broken into words they would be the highest cells.
    const short = items ? 2 : 1;
    const cells = (tag: string, texts: string[]) =>
      texts
        .map((text, i) => {
          const style = `text-align:left${i < short ? ";white-space:nowrap" : ""}`;
          return `<${tag} style="${style}">${escapeHtml(text)}</${tag}>`;
        })
        .join("");
    const rows = this.list.map((entry) => {
      const texts = [entry.held ? "✓ held" : "✗ not held", entry.claim, entry.expected, entry.here];
      const row = cells("td", items ? [entry.item ?? "", ...texts] : texts);
      const width = texts.length + (items ? 1 : 0);
      const reason = `<tr><td colspan="${width}" style="text-align:left"><em>${escapeHtml(entry.because ?? "")}</em></td></tr>`;
      return `<tr>${row}</tr>${entry.because === undefined ? "" : reason}`;
    });
    const heading = ["", "claim", this.source, "here"];
    return [
      `<p><strong>${escapeHtml(this.title)}</strong>: ${this.held} of ${this.list.length} claims held</p>`,
      `<table><thead><tr>${cells("th", items ? ["item", ...heading] : heading)}</tr></thead><tbody>${rows.join("")}</tbody></table>`,
    ].join("");
  }

  [Symbol.for("Jupyter.display")](): Record<string, unknown> {
    return {
      [CLAIMS_MIME]: { title: this.title, source: this.source, claims: this.list },
      "text/html": this.toHtml(),
      "text/plain": this.toText(),
    };
  }
}
