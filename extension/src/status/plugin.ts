import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Notification } from "@jupyterlab/apputils";
import { IStatusBar } from "@jupyterlab/statusbar";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { Widget } from "@lumino/widgets";
import type { RunSnapshot } from "../../../src/runs/snapshot.ts";
import { IRunStore } from "../store-token.ts";
import { wordsOf } from "../words-of.ts";
import { progressOf, roughly } from "./progress.ts";

/** What a click opens: the first of these that is there. */
const opens = ["alright:open-panel", "alright:objective-space", "alright:browse-runs"];
/** A kernel's news may come ten times a second; nobody reads so fast. In ms. */
const writeEvery = 500;

export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:status",
  description: "Shows runs in progress in the status bar, and says when one ended unseen.",
  autoStart: true,
  requires: [IRunStore],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    store: IRunStore,
    bar: IStatusBar | null,
    translator: ITranslator | null,
  ) => {
    const trans = (translator ?? nullTranslator).load("jupyterlab_alright");
    const words = wordsOf(trans);
    const open = () => {
      const command = opens.find((id) => app.commands.hasCommand(id));
      if (command) void app.commands.execute(command);
    };
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", open);
    const item = new Widget();
    item.addClass("alright-Status");
    item.node.append(button);
    item.hide();

    const write = () => {
      const { going, step, steps, left } = progressOf(
        store.runs.filter(({ runId }) => store.holder(runId) !== null),
      );
      item.setHidden(going.length === 0);
      if (going.length === 0) return;
      const parts = [
        going.length === 1 ? going[0]!.name : trans._n("%1 run", "%1 runs", going.length),
        steps > 0 ? `${step} / ${steps}` : trans.__("preparing"),
        ...(left === null ? [] : [trans.__("%1 left", roughly(left, words))]),
      ];
      button.textContent = parts.join(" · ");
      button.title = going.map(({ name, step: at, steps: of }) => `${name}: ${at} / ${of}`).join("\n");
      button.setAttribute("aria-label", trans.__("ALRIGHT runs in progress: %1", parts.join(", ")));
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const states = new Map<string, RunSnapshot["state"]>();
    store.changed.connect((_, id) => {
      const run = store.get(id);
      const turned = run !== undefined && states.get(id) !== run.state;
      if (run) tell(run, states.get(id));
      if (run) states.set(id, run.state);
      if (turned) return write(); // what has ended is not said to go on
      if (timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        write();
      }, writeEvery);
    });
    const tell = (run: RunSnapshot, before: RunSnapshot["state"] | undefined) => {
      const went = before === "running" || before === "preparing";
      if (!went || !document.hidden) return;
      const actions = [{ label: trans.__("Show"), callback: open }];
      if (run.state === "finished" || run.state === "stopped")
        Notification.success(trans.__("%1 has ended after %2 steps.", run.name, run.step), {
          autoClose: false,
          actions,
        });
      if (run.state === "failed")
        Notification.error(trans.__("%1 failed: %2", run.name, run.note ?? ""), {
          autoClose: false,
          actions,
        });
    };
    bar?.registerStatusItem("jupyterlab-alright:status", { item, align: "left", rank: 900 });
  },
};
