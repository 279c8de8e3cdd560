/** Round tick values inside [low, high], about `count` of them and two at least, in steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(low: number, high: number, count: number): { values: number[]; decimals: number } {
  const width = high - low;
  if (!(width > 0) || !Number.isFinite(width)) return { values: [low], decimals: 2 };
  const rough = width / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const widest = factors.findIndex((step) => step * power >= rough * 0.999);
  for (let i = widest; ; i--) {
    const step = factors[i]! * power;
    const values = multiples(step, low, high);
    // A single number says nothing of the scale.
    if (values.length < 2 && i > 0) continue;
    const decimals = Math.max(0, Math.min(12, -Math.floor(Math.log10(step) + 1e-9)));
    return { values, decimals };
  }
}

const factors = [0.5, 1, 2, 5, 10];

function multiples(step: number, low: number, high: number): number[] {
  const values: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) values.push(i * step || 0); // no minus zero
  return values;
}

export function tickText(value: number, decimals: number): string {
  const rounded = Math.abs(value) < 10 ** -decimals / 2 ? 0 : value;
  return rounded.toFixed(decimals).replace("-", "−");
}
