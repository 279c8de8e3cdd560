import type { RunSnapshot } from "../runs/snapshot.ts";
import { methodLabel } from "./palette.ts";

const longest = 26;

/** Text that plotly will not read as markup: run names come from notebooks, which are not trusted. */
export function plainText(text: string): string {
  return text.replaceAll("<", "‹").replaceAll(">", "›").replace(/\s+/g, " ").trim();
}

/** At most `length` characters; the middle gives way, since names tend to differ at the ends. */
export function shorten(text: string, length = longest): string {
  const characters = [...plainText(text)];
  if (characters.length <= length) return characters.join("");
  const tail = Math.floor((length - 1) / 2);
  return `${characters.slice(0, length - 1 - tail).join("")}…${characters.slice(-tail).join("")}`;
}

/** About `digits` significant digits, without exponents where a reader does not need them. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-4) return value.toExponential(digits - 1).replace("-", "−");
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const text = value.toFixed(Math.min(decimals, 6));
  return text.replace("-", "−");
}

/** Each run's name in a legend: its method and λ, and its own name where those do not tell it from another. */
export function runLabels(runs: readonly RunSnapshot[]): string[] {
  const short = runs.map((run) => labelOf(run.method, run.lambda));
  return runs.map((run, i) => {
    const twins = short.filter((label) => label === short[i]).length > 1;
    if (!twins) return short[i]!;
    const distinct = run.name && runs.filter((other) => other.name === run.name).length === 1;
    return `${short[i]} · ${shorten(distinct ? run.name : run.runId, 16)}`;
  });
}

export function labelOf(method: string, lambda: number | null): string {
  const label = shorten(methodLabel(method), 20);
  return lambda === null ? label : `${label} λ=${Number(lambda.toPrecision(3))}`;
}
