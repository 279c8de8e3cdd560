import { expect, it } from "vitest";
import { pauseAfter } from "../../kernel/magics/live-plot.ts";

it("whole plots take a small part of what Jupyter Server lets a kernel send (1 MB/s), and come at most ten times a second", () => {
  for (const characters of [0, 1000, 25_000, 300_000, 5_000_000]) {
    const pause = pauseAfter(characters);
    expect(pause).toBeGreaterThanOrEqual(100);
    expect((1000 * characters) / pause).toBeLessThanOrEqual(100_000);
  }
  expect(pauseAfter(25_000)).toBe(250); // one long run, in a notebook that may be saved at any time
});
