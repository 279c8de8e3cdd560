import type { RunSnapshot } from "./snapshot.ts";

export type Series = RunSnapshot["series"];

const mostPoints = 300;
const mostBuckets = 400;

interface Point {
  readonly step: number;
  readonly dpo: number | null;
  readonly sft: number | null;
  readonly theta: readonly [number, number] | undefined;
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
  columns(thinned: number): Pick<Series, "step" | "dpo" | "sft" | "theta"> {
    const all = this.last && this.#points.at(-1) !== this.last ? [...this.#points, this.last] : this.#points;
    const points = all.filter((_, i) => i % 2 ** thinned === 0 || i === all.length - 1);
    const thetas = points.flatMap(({ theta }) =>
      theta ? [[exactly6(theta[0]), exactly6(theta[1])] as const] : [],
    );
    return {
      step: points.map(({ step }) => step),
      dpo: points.map(({ dpo }) => sixDigits(dpo)),
      sft: points.map(({ sft }) => sixDigits(sft)),
      ...(thetas.length > 0 ? { theta: thetas.map(([a, b]) => [a, b] as [number, number]) } : {}),
    };
  }
}

interface Mean {
  readonly sum: number;
  readonly count: number;
}

/** Training losses of `stride` neighbouring steps. */
interface Bucket {
  step: number;
  dpo: Mean;
  sft: Mean;
}

const empty: Mean = { sum: 0, count: 0 };

/** Training losses by step; over a long run, their means over neighbouring steps. */
export class TrainingLosses {
  #buckets: Bucket[] = [];
  #stride = 1;

  add(step: number, losses: Readonly<Record<string, number>>): void {
    const place = (of: number) => Math.floor((of - 1) / this.#stride);
    const last = this.#buckets.at(-1);
    if (!last || place(step) !== place(last.step)) {
      if (this.#buckets.length >= mostBuckets) {
        this.#buckets = halve(this.#buckets);
        this.#stride *= 2;
      }
      this.#buckets.push({ step, dpo: empty, sft: empty });
    }
    const bucket = this.#buckets.at(-1)!;
    bucket.step = step;
    if (losses.dpo !== undefined) bucket.dpo = added(bucket.dpo, { sum: losses.dpo, count: 1 });
    if (losses.sft !== undefined) bucket.sft = added(bucket.sft, { sum: losses.sft, count: 1 });
  }

  /** @param thinned how often neighbours are to be joined beyond that */
  columns(thinned: number): Pick<Series, "trainStep" | "trainDpo" | "trainSft"> {
    let buckets = this.#buckets;
    for (let i = 0; i < thinned; i++) buckets = halve(buckets);
    return {
      trainStep: buckets.map(({ step }) => step),
      trainDpo: buckets.map(({ dpo }) => mean(dpo)),
      trainSft: buckets.map(({ sft }) => mean(sft)),
    };
  }
}

/** Neighbouring pairs as one. */
function halve(buckets: readonly Bucket[]): Bucket[] {
  const halved: Bucket[] = [];
  for (let i = 0; i < buckets.length; i += 2) {
    const [a, b] = [buckets[i]!, buckets[i + 1]];
    halved.push(b ? { step: b.step, dpo: added(a.dpo, b.dpo), sft: added(a.sft, b.sft) } : a);
  }
  return halved;
}

function added(a: Mean, b: Mean): Mean {
  return { sum: a.sum + b.sum, count: a.count + b.count };
}

function mean({ sum, count }: Mean): number | null {
  return count === 0 ? null : sixDigits(sum / count);
}

/** Six significant digits; null for what a plot can't show. */
export function sixDigits(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : exactly6(value);
}

export function exactly6(value: number): number {
  return Number(value.toPrecision(6));
}
