import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pacing } from "../../extension/src/pacing.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("pacing", () => {
  it("draws the latest at most ten times a second, and always the last", async () => {
    let state = 0;
    const drawn: number[] = [];
    const pacing = new Pacing(async () => void drawn.push(state));
    pacing.seen = true;
    for (state = 1; state <= 300; state++) {
      pacing.request();
      await vi.advanceTimersByTimeAsync(10);
    }
    state = 300;
    await vi.advanceTimersByTimeAsync(200);
    expect(drawn.length).toBeGreaterThanOrEqual(29);
    expect(drawn.length).toBeLessThanOrEqual(32);
    expect(drawn.at(-1)).toBe(300);
  });

  it("draws nothing while unseen, and once on coming back", async () => {
    const draw = vi.fn(async () => {});
    const pacing = new Pacing(draw);
    for (let i = 0; i < 5; i++) pacing.request();
    await vi.advanceTimersByTimeAsync(1000);
    expect(draw).not.toHaveBeenCalled();
    pacing.seen = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(draw).toHaveBeenCalledTimes(1);
    pacing.seen = false;
    pacing.seen = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(draw).toHaveBeenCalledTimes(1);
  });

  it("never draws twice at once, however long a drawing takes", async () => {
    let now = 0;
    let most = 0;
    const pacing = new Pacing(async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 350));
      now--;
    });
    pacing.seen = true;
    for (let i = 0; i < 100; i++) {
      pacing.request();
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(most).toBe(1);
  });

  it("leaves most of the time to the page, however long a drawing takes", async () => {
    let drawn = 0;
    const pacing = new Pacing(async () => {
      drawn++;
      await new Promise((resolve) => setTimeout(resolve, 60));
    });
    pacing.seen = true;
    for (let i = 0; i < 100; i++) {
      pacing.request();
      await vi.advanceTimersByTimeAsync(100);
    }
    // 10 s, an eighth of them for drawing.
    expect(drawn).toBeGreaterThanOrEqual(19);
    expect(drawn).toBeLessThanOrEqual(22);
  });

  it("draws at once what the reader asks for, after however long a drawing", async () => {
    const drawn: number[] = [];
    const pacing = new Pacing(async () => {
      drawn.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    pacing.seen = true;
    pacing.request();
    await vi.advanceTimersByTimeAsync(250);
    pacing.request(); // would wait until 1000
    await vi.advanceTimersByTimeAsync(100);
    expect(drawn.length).toBe(1);
    pacing.request(true);
    await vi.advanceTimersByTimeAsync(10);
    expect(drawn.length).toBe(2);
    pacing.request();
    await vi.advanceTimersByTimeAsync(400);
    expect(drawn.length).toBe(2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(drawn.length).toBe(3);
  });

  it("is silent once disposed", async () => {
    const draw = vi.fn(async () => {});
    const pacing = new Pacing(draw);
    pacing.seen = true;
    pacing.request();
    pacing.dispose();
    pacing.request();
    await vi.advanceTimersByTimeAsync(1000);
    expect(draw).not.toHaveBeenCalled();
  });
});
