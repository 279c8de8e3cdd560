import type { PlotMessage, RunSnapshot } from "../runs/snapshot.ts";
import type { SweepSnapshot } from "./results.ts";
import { type Configuration, meanOf } from "./summary.ts";

/** Configurations in one message; where there are more, those on the front come first. */
const most = 150;

/**
 * A sweep as a plot message: one point for each configuration, the mean over its seeds with their spread, and the runs that
 * go on. Its size does not grow with the number of runs.
 */
export function sweepMessage(snapshot: SweepSnapshot): PlotMessage {
  const { configurations, runs, id, total, finished } = snapshot;
  const known = configurations
    .map((one, index) => ({ one, index }))
    .filter(({ one }) => meanOf(one))
    .sort((a, b) => Number(b.one.onFront) - Number(a.one.onFront) || a.index - b.index)
    .slice(0, most)
    .sort((a, b) => a.index - b.index);
  const others = (["failed", "stopped", "paused"] as const).flatMap((state) =>
    snapshot[state] > 0 ? `, ${snapshot[state]} ${state}` : [],
  );
  return {
    version: 1,
    view: "front",
    title: `Sweep: ${finished} of ${total} runs${others.join("")}`,
    runs: [...known.map(({ one, index }) => meanSnapshot(`${id}/${index}`, one)), ...runs],
  };
}

/** Runs of one configuration as one point. */
function meanSnapshot(runId: string, one: Configuration): RunSnapshot {
  const { dpo, sft } = meanOf(one)!;
  const { method, lambda, finished } = one;
  const [above, aside] = [one.dpo?.deviation, one.sft?.deviation];
  return {
    runId,
    // It changes whenever one more run has ended.
    seq: finished,
    name: nameOf(one),
    method,
    lambda,
    state: "finished",
    note: null,
    step: finished,
    steps: finished,
    ideal: null,
    start: null,
    series: {
      step: [finished],
      dpo: [rounded(dpo)],
      sft: [rounded(sft)],
      trainStep: [],
      trainDpo: [],
      trainSft: [],
    },
    steered: [],
    resources: { seconds: 0, tokens: 0, peakMemory: null },
    ...(above != null &&
      aside != null && { spread: { runs: finished, dpo: rounded(above), sft: rounded(aside) } }),
  };
}

function nameOf({ method, lambda, k, dpo, sft, finished }: Configuration): string {
  const options = [lambda === null ? "" : ` λ=${lambda}`, k === null ? "" : ` k=${k}`].join("");
  const [x, y] = [sft?.deviation, dpo?.deviation];
  const spread =
    x == null || y == null ? "" : `, n=${finished}, SFT ±${x.toPrecision(2)}, DPO ±${y.toPrecision(2)}`;
  return `${method}${options}${spread}`;
}

const rounded = (value: number) => Number(value.toPrecision(6));
