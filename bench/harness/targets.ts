/** What a benchmark is to reach, and tables of what it did. */
export interface Target {
  readonly name: string;
  readonly found: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A row for a table: name, found, wanted, met or not met. */
export function verdict({ name, found, atLeast, atMost }: Target): string[] {
  const met = (atLeast === undefined || found >= atLeast) && (atMost === undefined || found <= atMost);
  const wanted = atLeast === undefined ? `≤ ${rounded(atMost!)}` : `≥ ${rounded(atLeast)}`;
  return [name, rounded(found), wanted, met ? "met" : "not met"];
}

function rounded(value: number): string {
  return Number(value.toFixed(3)).toString();
}

/** Columns as wide as their widest cell. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
