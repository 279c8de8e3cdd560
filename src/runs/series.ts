import type { RunSnapshot } from "./snapshot.ts";

export type Series = RunSnapshot["series"];

const mostPoints = 300;
const mostBuckets = 400;

type PathColumns = Pick<Series, "step" | "dpo" | "sft" | "theta" | "seconds" | "memory">;
type TrainingColumns = Pick<
  Series,
  "trainStep" | "trainDpo" | "trainSft" | "trainDpoShare" | "trainChosen" | "trainRejected" | "trainMargin"
>;

interface Point {
  readonly step: number;
  readonly dpo: number | null;
  readonly sft: number | null;
  readonly theta: readonly [number, number] | undefined;
  /** Of steps and measurements so far. */
  readonly seconds: number;
  /** Resident bytes of the trainer, where they are known. */
  readonly memory: number | null;
}

/** The path of evaluated losses: all of them, or every 2nd, 4th, … of a long run, and always the last. */
export class EvaluatedPath {
  #points: Point[] = [];
  #stride = 1;
  #count = 0;
  /** The newest point, in full precision. */
  last: Point | null = null;

  add(point: Point): void {
    this.last = point;
    if (this.#count++ % this.#stride !== 0) return;
    this.#points.push(point);
    if (this.#points.length <= mostPoints) return;
    this.#points = this.#points.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  /** @param thinned how often the path is to be halved beyond that */
  columns(thinned: number): PathColumns {
    const all = this.last && this.#points.at(-1) !== this.last ? [...this.#points, this.last] : this.#points;
    const points = all.filter((_, i) => i % 2 ** thinned === 0 || i === all.length - 1);
    const thetas = points.flatMap(({ theta }) =>
      theta ? [[exactly6(theta[0]), exactly6(theta[1])] as const] : [],
    );
    return {
      step: points.map(({ step }) => step),
      dpo: points.map(({ dpo }) => sixDigits(dpo)),
      sft: points.map(({ sft }) => sixDigits(sft)),
      seconds: points.map(({ seconds }) => exactly6(seconds)),
      ...(points.some(({ memory }) => memory !== null)
        ? { memory: points.map(({ memory }) => sixDigits(memory)) }
        : {}),
      ...(thetas.length > 0 ? { theta: thetas.map(([a, b]) => [a, b] as [number, number]) } : {}),
    };
  }
}

interface Mean {
  readonly sum: number;
  readonly count: number;
}

/** What a step saw; what it did not see is left out. */
export interface Seen {
  readonly dpo?: number | undefined;
  readonly sft?: number | undefined;
  /** How much of the step was DPO's: 0 … 1. */
  readonly dpoShare?: number | undefined;
  /** Mean log-probabilities of the batch's responses, and the mean margin of their rewards. */
  readonly chosen?: number | undefined;
  readonly rejected?: number | undefined;
  readonly margin?: number | undefined;
}
const measures = ["dpo", "sft", "dpoShare", "chosen", "rejected", "margin"] as const;

/** What `stride` neighbouring steps saw. */
type Bucket = { step: number } & Record<(typeof measures)[number], Mean>;

const empty: Mean = { sum: 0, count: 0 };

/** What was seen by step; over a long run, the means over neighbouring steps. */
export class TrainingLosses {
  #buckets: Bucket[] = [];
  #stride = 1;

  add(step: number, seen: Seen): void {
    const place = (of: number) => Math.floor((of - 1) / this.#stride);
    const last = this.#buckets.at(-1);
    if (!last || place(step) !== place(last.step)) {
      if (this.#buckets.length >= mostBuckets) {
        this.#buckets = halve(this.#buckets);
        this.#stride *= 2;
      }
      this.#buckets.push({
        step,
        dpo: empty,
        sft: empty,
        dpoShare: empty,
        chosen: empty,
        rejected: empty,
        margin: empty,
      });
    }
    const bucket = this.#buckets.at(-1)!;
    bucket.step = step;
    for (const name of measures) {
      const value = seen[name];
      if (value !== undefined) bucket[name] = added(bucket[name], { sum: value, count: 1 });
    }
  }

  /** @param thinned how often neighbours are to be joined beyond that */
  columns(thinned: number): TrainingColumns {
    let buckets = this.#buckets;
    for (let i = 0; i < thinned; i++) buckets = halve(buckets);
    const column = (name: (typeof measures)[number], digits = 6) =>
      buckets.map((bucket) => mean(bucket[name], digits));
    const any = (name: (typeof measures)[number]) => buckets.some((bucket) => bucket[name].count > 0);
    return {
      trainStep: buckets.map(({ step }) => step),
      trainDpo: column("dpo"),
      trainSft: column("sft"),
      ...(any("dpoShare") ? { trainDpoShare: column("dpoShare", 3) } : {}),
      ...(any("chosen") ? { trainChosen: column("chosen"), trainRejected: column("rejected") } : {}),
      ...(any("margin") ? { trainMargin: column("margin", 4) } : {}),
    };
  }
}

/** Neighbouring pairs as one. */
function halve(buckets: readonly Bucket[]): Bucket[] {
  const halved: Bucket[] = [];
  for (let i = 0; i < buckets.length; i += 2) {
    const [a, b] = [buckets[i]!, buckets[i + 1]];
    const joined = { ...(b ?? a) };
    if (b) for (const name of measures) joined[name] = added(a[name], b[name]);
    halved.push(joined);
  }
  return halved;
}

function added(a: Mean, b: Mean): Mean {
  return { sum: a.sum + b.sum, count: a.count + b.count };
}

function mean({ sum, count }: Mean, digits: number): number | null {
  const value = sum / count;
  return count === 0 || !Number.isFinite(value) ? null : Number(value.toPrecision(digits));
}

/** Six significant digits; null for what a plot can't show. */
function sixDigits(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : exactly6(value);
}

export function exactly6(value: number): number {
  return Number(value.toPrecision(6));
}
