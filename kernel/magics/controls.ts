import { lambda } from "../../src/runs/options.ts";
import type { Run } from "../../src/training/run.ts";
import { type Execution, within } from "../runtime/execution.ts";
import { addRun, detachRun, findRun } from "../runtime/runs.ts";
import { type Magic, MagicError, RUN_TYPE } from "./magic.ts";
import { chooseRun } from "./run-choice.ts";
import { trainingOptions } from "./training.ts";

const word = {
  name: "id",
  help: "a run's id (default: the last run that it applies to)",
  optional: true,
  kind: "run",
} as const;

export const pause: Magic = {
  name: "pause",
  help: "pauses a background run between two steps, its checkpoint written",
  word,
  options: {},
  examples: ["%pause", "%pause {run}"],
  async run(call) {
    const run = chooseRun("pause", call, ["running", "preparing"]);
    await run.pause();
    process.stdout.write(
      `run ${run.id} is paused after step ${run.snapshot().step}; %resume ${run.id} goes on with it\n`,
    );
  },
};

export const stop: Magic = {
  name: "stop",
  help: "ends a run for good after its current step; what it trained is kept",
  word,
  options: {},
  examples: ["%stop", "%stop {run}"],
  async run(call) {
    const run = chooseRun("stop", call, ["running", "preparing", "paused"]);
    await run.stop();
    process.stdout.write(`run ${run.id} was stopped after step ${run.snapshot().step}\n`);
  },
};

export const steer: Magic = {
  name: "steer",
  help: "changes λ of a run while it goes on",
  word,
  options: { lambda: { ...lambda, help: "the new weight of DPO: 0 is SFT only, 1 is DPO only" } },
  examples: ["%steer λ=0.8", "%steer {run} λ=0.2"],
  async run(call) {
    const run = chooseRun("steer", call, ["running", "preparing", "paused"]);
    const value = call.options.lambda as number | undefined;
    if (value === undefined) throw new MagicError(`%steer needs the new λ: ${steer.examples[0]}`);
    await run.steer({ lambda: value });
    process.stdout.write(`run ${run.id}: λ = ${value} after step ${run.snapshot().step}\n`);
  },
};

/** Says below the cell what a resumed run has to say: checkpoints lost to damage, versions that have changed. */
function tellNote(run: Run, execution: Execution): void {
  const end = run.onSnapshot(({ state, note }) => {
    if (state !== "running") return;
    end();
    if (note) within(execution, () => process.stderr.write(`run ${run.id}: ${note}\n`));
  });
}

export const resume: Magic = {
  name: "resume",
  help: "goes on with a paused run (also one of an earlier session, by id or directory), its plot live again",
  word,
  options: { background: trainingOptions.background, view: trainingOptions.view, runs: trainingOptions.runs },
  value: RUN_TYPE,
  examples: ["%resume", "%resume {run} background"],
  async run(call) {
    const { foreground } = await import("./foreground.ts");
    const { LivePlot } = await import("./live-plot.ts");
    const { cellMethods } = await import("./cell-method.ts");
    const { cellObjectives } = await import("./cell-objective.ts");
    const { resumeRun } = await import("../runtime/library.ts");
    const { options, execution, words, word: value } = call;
    const elsewhere = words[0] !== undefined && value === undefined && !findRun(words[0]);
    const runs = options.runs === undefined ? {} : { runs: options.runs as string };
    const run = elsewhere
      ? resumeRun(words[0]!, {
          ...runs,
          methods: [...new Set(cellMethods().values())],
          objectives: [...new Set(cellObjectives().values())],
        })
      : chooseRun("resume", call, ["paused", "failed"]);
    tellNote(run, execution);
    if (!elsewhere) await run.resume();
    addRun(run);
    const plot = new LivePlot(execution, [run], { view: options.view as string | undefined });
    if (options.background === true) {
      detachRun(run);
      void plot.untilDone();
      return run;
    }
    return foreground(run, plot, execution);
  },
};
