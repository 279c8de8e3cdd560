export function escapeXml(text: string): string {
  return (
    text
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      // Characters that XML 1.0 forbids even escaped.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
  );
}

/** About the width of a text in DejaVu Sans, which is wide: measured mean advances, in parts of the letter size. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text.replace(/<\/?(sub|b)>/g, "")) {
    if (/[A-Z@MWmw%—]/.test(character)) width += 0.74;
    else if (/[iljtf.,:;'|() !I·]/.test(character)) width += 0.36;
    else width += 0.62;
  }
  return width * size;
}

export interface TextStyle {
  readonly size: number;
  readonly color: string;
  readonly anchor?: "start" | "middle" | "end";
  readonly bold?: boolean;
  /** Degrees, around the text's own place. */
  readonly rotate?: number;
}

/** A text element; `<sub>…</sub>` becomes a lowered, smaller span, `<br>` a new line, all else is shown as it is. */
export function svgText(text: string, x: number, y: number, style: TextStyle): string {
  const lines = text.split("<br>");
  if (lines.length > 1)
    return lines.map((line, i) => svgText(line, x, y + i * style.size * 1.2, style)).join("");
  const spans = text.split(/<sub>(.*?)<\/sub>/g).map((part, i) => {
    if (part === "") return "";
    if (i % 2 === 0)
      return i === 0 ? escapeXml(part) : `<tspan dy="${-style.size * 0.25}">${escapeXml(part)}</tspan>`;
    return `<tspan dy="${style.size * 0.25}" font-size="${style.size * 0.75}">${escapeXml(part)}</tspan>`;
  });
  const place = `x="${round(x)}" y="${round(y)}"`;
  const rotate = style.rotate ? ` transform="rotate(${style.rotate} ${round(x)} ${round(y)})"` : "";
  const weight = style.bold ? ' font-weight="bold"' : "";
  return (
    `<text ${place} font-size="${style.size}" fill="${escapeXml(style.color)}"${weight}` +
    ` text-anchor="${style.anchor ?? "start"}" xml:space="preserve"${rotate}>${spans.join("")}</text>`
  );
}

/** Coordinates to a hundredth of a pixel. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
