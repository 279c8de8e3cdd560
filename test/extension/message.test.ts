import { describe, expect, it } from "vitest";
import { PlotMessageError, readMessage } from "../../extension/src/message.ts";
import { plotMime } from "../../extension/src/mime.ts";
import { PLOT_MIME } from "../../src/runs/snapshot.ts";
import { fourMethods, path, snapshot } from "../figures/messages.ts";

it("has the library's MIME type", () => {
  expect(plotMime).toBe(PLOT_MIME);
});

describe("what an output holds", () => {
  it("is read against the schema", () => {
    expect(readMessage(fourMethods)).toEqual(fourMethods);
  });

  it.each([
    ["nothing", undefined, /can't be read: it:/],
    ["a newer version", { version: 2 }, /version 2; this extension reads version 1/],
    ["an unknown view", { ...fourMethods, view: "pie" }, /can't be read: view:/],
    [
      "a broken run",
      { ...fourMethods, runs: [{ ...fourMethods.runs[0], seq: "1" }] },
      /can't be read: runs\.0\.seq:/,
    ],
    ["a flood of runs", { ...fourMethods, runs: Array(201).fill(snapshot()) }, /201 runs; at most 200/],
    [
      "a flood of points",
      {
        ...fourMethods,
        runs: [
          snapshot(
            path(
              [
                [0, 0],
                [1, 1],
              ],
              20_001,
            ),
          ),
        ],
      },
      /at most 20000/,
    ],
  ])("is refused, in one line: %s", (_, data, text) => {
    expect(() => readMessage(data)).toThrow(text);
    expect(() => readMessage(data)).toThrow(PlotMessageError);
  });
});
