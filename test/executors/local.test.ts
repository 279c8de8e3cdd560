import { describe, expect, test } from "vitest";
import { localExecutor } from "../../src/index.ts";

describe("a pool of local processes", () => {
  test("takes as many runs as it has processes; the first always", () => {
    const pool = localExecutor({ processes: 3, threads: 2 });
    expect([pool.slots, pool.threads]).toEqual([3, 2]);
    expect([0, 1, 2, 3].map((going) => pool.hasRoom(going))).toEqual([true, true, true, false]);
  });

  test("numbers that make no pool", () => {
    expect(() => localExecutor({ processes: 0 })).toThrow("processes is 0");
    expect(() => localExecutor({ threads: 1.5 })).toThrow("threads is 1.5");
  });
});
