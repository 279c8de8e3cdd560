import { sessionRuns } from "../runtime/runs.ts";
import { type Magic, MagicError } from "./magic.ts";

const VIEWS = ["objective", "losses", "weights", "bars"];

export const plot: Magic = {
  name: "plot",
  help: "draws the session's runs in one plot, live while one of them goes on",
  word: { name: "view", help: "a view", optional: true, values: VIEWS },
  options: {
    runs: { type: "words", kind: "run", help: "ids or names of the runs (default: all of the session)" },
    title: { type: "string", help: "the plot's title" },
  },
  examples: ["%plot", "%plot bars", "%plot losses runs=ID1,ID2"],
  async run({ words: [view], options, execution }) {
    const { LivePlot } = await import("./live-plot.ts");
    const all = sessionRuns();
    const names = options.runs as readonly string[] | undefined;
    const runs = names
      ? names.map((name) => {
          const found = all.find((run) => run.id === name || run.specification.name === name);
          if (!found)
            throw new MagicError(`%plot: no run of this session is called "${name}"; %runs lists them`);
          return found;
        })
      : all;
    if (runs.length === 0)
      throw new MagicError("%plot: this session has no runs yet; %alright λ=0.5 starts one");
    const title = options.title as string | undefined;
    const live = new LivePlot(execution, runs, { view, ...(title !== undefined && { title }) });
    if (live.isLive) void live.untilDone();
    else await live.finish();
  },
};
