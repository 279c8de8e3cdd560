import { expect, it } from "vitest";
import { pauseAfter } from "../../kernel/magics/live-plot.ts";

it("plots stay below what Jupyter Server lets a kernel send (1 MB/s), and above ten times a second at no size", () => {
  for (const characters of [0, 1000, 25_000, 300_000, 5_000_000]) {
    const pause = pauseAfter(characters);
    expect(pause).toBeGreaterThanOrEqual(100);
    expect((1000 * characters) / pause).toBeLessThanOrEqual(500_000);
  }
  expect(pauseAfter(25_000)).toBe(100); // one run is as live as can be
});
