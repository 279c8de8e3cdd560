import type { TranslationBundle } from "@jupyterlab/translation";
import type { RunSnapshot } from "../../src/runs/snapshot.ts";
import type { Send } from "./control-token.ts";
import { button, disable, element } from "./element.ts";
import { LambdaSlider } from "./lambda-slider.ts";

type Action = "pause" | "resume" | "stop";

/** What a row may do to its run now. */
export interface RunReach {
  readonly send: Send | null;
  /** Why not; empty where it may. */
  readonly reason: string;
}

const ended: ReadonlySet<RunSnapshot["state"]> = new Set(["finished", "stopped", "failed"]);

export function hasEnded({ state }: Pick<RunSnapshot, "state">): boolean {
  return ended.has(state);
}

/** More runs than this at once are followed in the table. */
const mostRows = 6;
let rows = 0;

/**
 * A row for each run that is not over yet, or else for the last one: what it does, how far it is, and its controls,
 * which say why where they can't act.
 */
export class RunRows {
  readonly node = element("div", "alright-Plot-runs");
  readonly #trans: TranslationBundle;
  readonly #reach: (run: RunSnapshot) => RunReach;
  readonly #rows = new Map<string, Row>();

  constructor(trans: TranslationBundle, reach: (run: RunSnapshot) => RunReach) {
    this.#trans = trans;
    this.#reach = reach;
  }

  update(runs: readonly RunSnapshot[], labels: readonly string[]): void {
    const numbered = runs.map((run, i) => ({ run, label: labels[i] ?? run.name }));
    const going = numbered.filter(({ run }) => !hasEnded(run));
    const shown = going.length > 0 ? going.slice(0, mostRows) : numbered.slice(-1);
    for (const { run, label } of shown) {
      let row = this.#rows.get(run.runId);
      if (!row) {
        row = new Row(this.#trans, run.runId, this.#reach);
        this.#rows.set(run.runId, row);
        this.node.append(row.node);
      }
      row.update(run, label);
    }
    for (const [runId, row] of this.#rows) {
      if (shown.some(({ run }) => run.runId === runId)) continue;
      row.dispose();
      this.#rows.delete(runId);
    }
  }

  dispose(): void {
    for (const row of this.#rows.values()) row.dispose();
    this.#rows.clear();
  }
}

class Row {
  readonly node = element("div", "alright-Plot-run");
  readonly #trans: TranslationBundle;
  readonly #runId: string;
  readonly #reach: (run: RunSnapshot) => RunReach;
  readonly #text = element("span", "alright-Plot-state");
  readonly #progress = element("progress", "");
  readonly #toggle = button("", () => void this.#act(this.#toggle.dataset.action as Action, this.#toggle));
  readonly #stop = button("", () => void this.#act("stop", this.#stop));
  readonly #lambda: LambdaSlider;
  readonly #reason = element("span", "alright-Plot-reason");
  readonly #problem = element("span", "alright-Plot-refusal");
  #run: RunSnapshot | undefined;
  #waiting = false;

  constructor(trans: TranslationBundle, runId: string, reach: (run: RunSnapshot) => RunReach) {
    this.#trans = trans;
    this.#runId = runId;
    this.#reach = reach;
    this.#lambda = new LambdaSlider(trans, (lambda) => this.#ask("steer", lambda));
    this.node.dataset.runId = runId;
    this.node.setAttribute("role", "group");
    this.#reason.id = `alright-reason-${rows++}`;
    this.#problem.setAttribute("role", "alert");
    this.#problem.hidden = true;
    this.#stop.textContent = trans.__("Stop");
    this.#stop.dataset.action = "stop";
    for (const node of [this.#toggle, this.#stop]) node.setAttribute("aria-describedby", this.#reason.id);
    const buttons = element("span", "alright-Plot-buttons", this.#toggle, this.#stop);
    this.node.append(this.#text, this.#progress, buttons, this.#lambda.node, this.#reason, this.#problem);
  }

  dispose(): void {
    this.#lambda.dispose();
    this.node.remove();
  }

  update(run: RunSnapshot, label: string): void {
    const trans = this.#trans;
    this.#run = run;
    const step = trans.__("step %1 of %2", run.step, run.steps);
    const doing = run.state === "preparing" || run.state === "failed" ? (run.note ?? "") : step;
    this.#text.textContent = `${label}: ${stateText(trans, run.state)}${doing ? `, ${doing}` : ""}`;
    this.node.setAttribute("aria-label", trans.__("Controls of %1", label));
    this.#progress.max = Math.max(1, run.steps);
    this.#progress.value = run.step;
    this.#progress.hidden = hasEnded(run) || run.state === "preparing";
    this.#progress.setAttribute("aria-label", `${label}: ${step}`);

    const { reason } = this.#reach(run);
    const paused = run.state === "paused";
    this.#toggle.dataset.action = paused ? "resume" : "pause";
    this.#toggle.textContent = paused ? trans.__("Resume") : trans.__("Pause");
    this.#toggle.setAttribute("aria-label", `${this.#toggle.textContent} ${label}`);
    this.#stop.setAttribute("aria-label", `${this.#stop.textContent} ${label}`);
    const preparing = run.state === "preparing" ? trans.__("It is still preparing.") : "";
    if (!this.#waiting) {
      disable(this.#toggle, reason || preparing);
      disable(this.#stop, reason);
    }
    this.#lambda.update(run.lambda, trans.__("λ of %1", label), reason);
    this.#reason.textContent = reason;
    this.#reason.hidden = reason === "";
  }

  async #act(action: Action, pressed: HTMLButtonElement): Promise<void> {
    if (this.#waiting) return;
    this.#waiting = true;
    disable(pressed, this.#trans.__("The kernel is at it."));
    await this.#ask(action);
    this.#waiting = false;
    disable(pressed, "");
  }

  async #ask(action: Action | "steer", lambda?: number): Promise<void> {
    const reach = this.#run && this.#reach(this.#run);
    const request = { action, runId: this.#runId, ...(lambda === undefined ? {} : { lambda }) };
    const reply = reach?.send
      ? await reach.send(request)
      : { ok: false, error: reach?.reason || this.#trans.__("No kernel can act on this run.") };
    this.#problem.hidden = reply.ok;
    this.#problem.textContent = reply.ok ? "" : (reply.error ?? this.#trans.__("The kernel refused."));
  }
}

function stateText(trans: TranslationBundle, state: RunSnapshot["state"]): string {
  const texts: Readonly<Record<RunSnapshot["state"], string>> = {
    preparing: trans.__("preparing"),
    running: trans.__("running"),
    paused: trans.__("paused"),
    finished: trans.__("finished"),
    stopped: trans.__("stopped"),
    failed: trans.__("failed"),
  };
  return texts[state];
}
