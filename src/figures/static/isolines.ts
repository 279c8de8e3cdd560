export type Segment = readonly [number, number, number, number];

/**
 * The line at which a function given on a grid takes the value `level`, by marching squares: one or two straight
 * segments (x0, y0, x1, y1) for each cell it crosses. Cells with a missing corner are left out.
 *
 * @param z `z[i][j]` at (x[j], y[i])
 */
export function isolines(
  x: readonly number[],
  y: readonly number[],
  z: readonly (readonly (number | null)[])[],
  level: number,
): Segment[] {
  const segments: Segment[] = [];
  for (let i = 0; i + 1 < y.length; i++) {
    for (let j = 0; j + 1 < x.length; j++) {
      const corners = [z[i]?.[j], z[i]?.[j + 1], z[i + 1]?.[j + 1], z[i + 1]?.[j]];
      if (!corners.every((value): value is number => typeof value === "number")) continue;
      const places = [
        [x[j]!, y[i]!],
        [x[j + 1]!, y[i]!],
        [x[j + 1]!, y[i + 1]!],
        [x[j]!, y[i + 1]!],
      ] as const;
      // Around the cell, one crossing for each edge whose ends lie on different sides.
      const crossings: [number, number][] = [];
      for (let edge = 0; edge < 4; edge++) {
        const a = corners[edge]! - level;
        const b = corners[(edge + 1) % 4]! - level;
        if (a < 0 === b < 0) continue;
        const share = a / (a - b);
        const from = places[edge]!;
        const to = places[(edge + 1) % 4]!;
        crossings.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
      }
      // A saddle has four crossings; the mean tells which corners belong together.
      const saddle = crossings.length === 4;
      const centre = saddle ? corners.reduce((sum, value) => sum + value, 0) / 4 - level : 0;
      const shift = saddle && centre < 0 !== corners[0]! - level < 0 ? 3 : 0;
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const from = crossings[(k + shift) % crossings.length]!;
        const to = crossings[(k + shift + 1) % crossings.length]!;
        segments.push([from[0], from[1], to[0], to[1]]);
      }
    }
  }
  return segments;
}
