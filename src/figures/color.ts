/** sRGB channels, 0 … 255. */
export type Rgb = readonly [number, number, number];

/** @param color `#rgb`, `#rrggbb` or `rgb(r, g, b)`; anything else is taken as mid grey */
export function parseColor(color: string): Rgb {
  const text = color.trim();
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text);
  if (short) return [1, 2, 3].map((i) => Number.parseInt(short[i]!.repeat(2), 16)) as unknown as Rgb;
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(text);
  if (long) return [1, 2, 3].map((i) => Number.parseInt(long[i]!, 16)) as unknown as Rgb;
  const rgb = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/i.exec(text);
  if (rgb) return [Number(rgb[1]), Number(rgb[2]), Number(rgb[3])];
  return [128, 128, 128];
}

export function hex([r, g, b]: Rgb): string {
  const part = (value: number) =>
    Math.round(Math.max(0, Math.min(255, value)))
      .toString(16)
      .padStart(2, "0");
  return `#${part(r)}${part(g)}${part(b)}`;
}

/** From `a` (share 0) to `b` (share 1), in sRGB. */
export function mix(a: string, b: string, share: number): string {
  const from = parseColor(a);
  const to = parseColor(b);
  return hex(from.map((value, i) => value + (to[i]! - value) * share) as unknown as Rgb);
}

/** Relative luminance, 0 … 1 (WCAG 2.2). */
export function luminance(color: string): number {
  const [r, g, b] = parseColor(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
