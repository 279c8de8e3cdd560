import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { step } from "../../src/index.ts";
import { createRunDirectory } from "../../src/runs/directory.ts";
import { parseSpecification } from "../../src/runs/parse-specification.ts";
import type { FromTrainer, ToTrainer } from "../../src/training/messages.ts";
import { eventsOf } from "./in-process.ts";

const runs = mkdtempSync(join(tmpdir(), "alright-owner-"));
afterAll(() => rmSync(runs, { recursive: true }));

/** A trainer process whose method stays here, until this process answers for the last time and is gone at once. */
async function leftAfter(answers: number) {
  const specification = parseSpecification(
    { model: "toy:conflict", method: { name: "mine" }, steps: 1000, evaluation: { every: 1 } },
    "test",
    {
      methods: [{ name: "mine", options: {}, needsIdeal: false, objectives: ["sft"], start: () => never() }],
    },
  );
  const { directory } = createRunDirectory(runs, {
    specification,
    workingDirectory: runs,
    versions: {},
    methodHash: "0",
  });
  const trainer = fork(new URL("../../dist/src/training/process.js", import.meta.url), [], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  trainer.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const tell = (message: ToTrainer) => trainer.send(message);
  let asked = 0;
  trainer.on("message", ({ type }: FromTrainer) => {
    if (type !== "decide") return;
    tell({ type: "decided", decision: step("sft") });
    if (++asked === answers) trainer.disconnect();
  });
  const method = { name: "mine", options: {}, needsIdeal: false, objectives: ["sft"] };
  tell({ type: "start", directory: directory.path, resume: false, events: true, method, objectives: {} });
  const code = await new Promise((resolve) => trainer.once("exit", resolve));
  return { code, said, last: eventsOf(directory).at(-1) };
}

function never(): never {
  throw new Error("the method stays in this process");
}

// A message to an owner that has just gone failed with EPIPE in 36 of 40 such moments, and took the run with it.
test.each([1, 2, 5, 11])(
  "a trainer whose owner is gone right after answer %i pauses its run",
  async (answers) => {
    const { code, said, last } = await leftAfter(answers);
    expect({ code, said }).toEqual({ code: 0, said: "" });
    expect(last).toMatchObject({
      type: "paused",
      step: answers,
      reason: expect.stringMatching(/^the process that .* has ended$/),
    });
  },
);
