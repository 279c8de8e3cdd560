/** Plain float64 arithmetic on arrays with a shape, to compare operators with. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

export function build(shape: readonly number[], value: (...at: number[]) => number): NdArray {
  const data = new Float64Array(size(shape));
  const at = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = value(...at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]!++;
      if (at[axis]! < shape[axis]!) break;
      at[axis] = 0;
    }
  }
  return { shape, data };
}

/** An element; axes missing at the front or of size 1 repeat. */
export function get({ shape, data }: NdArray, ...at: number[]): number {
  const own = at.slice(at.length - shape.length);
  return data[shape.reduce((index, n, axis) => index * n + (n === 1 ? 0 : own[axis]!), 0)]!;
}

export const map = (x: NdArray, f: (value: number) => number): NdArray => ({
  shape: x.shape,
  data: x.data.map((value) => f(value)),
});

export const sumOver = (count: number, term: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += term(i);
  return sum;
};

/** The error function, by its series (small x) and continued fraction (large x); exact to float64. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 200; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

export function softmaxRows(x: NdArray): NdArray {
  const width = x.shape.at(-1)!;
  const data = Float64Array.from(x.data);
  for (let row = 0; row < data.length; row += width) {
    const values = data.subarray(row, row + width);
    const largest = Math.max(...values);
    const total = sumOver(width, (i) => Math.exp(values[i]! - largest));
    for (let i = 0; i < width; i++) values[i] = Math.exp(values[i]! - largest) / total;
  }
  return { shape: x.shape, data };
}
