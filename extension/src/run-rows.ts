import type { ControlReply, ControlRequest, RunSnapshot } from "../../src/runs/snapshot.ts";

type Send = (request: ControlRequest) => Promise<ControlReply>;
type Action = "pause" | "resume" | "stop";

const actions: Readonly<Record<RunSnapshot["state"], readonly Action[]>> = {
  preparing: ["stop"],
  running: ["pause", "stop"],
  paused: ["resume", "stop"],
  finished: [],
  stopped: [],
  failed: [],
};
const captions: Readonly<Record<Action, string>> = { pause: "Pause", resume: "Resume", stop: "Stop" };

/** More runs than this at once are followed in the table. */
const mostRows = 6;

/** A row for each run that is not over yet: what it does, how far it is, and its controls where a kernel holds it. */
export class RunRows {
  readonly node = document.createElement("div");
  readonly #send: () => Send | null;
  readonly #rows = new Map<string, Row>();

  constructor(send: () => Send | null) {
    this.#send = send;
    this.node.className = "alright-Plot-runs";
  }

  update(runs: readonly RunSnapshot[], labels: readonly string[]): void {
    const shown = new Set<string>();
    runs.forEach((run, i) => {
      const quiet = actions[run.state].length === 0 && run.state !== "failed";
      if (quiet || shown.size >= mostRows) return;
      shown.add(run.runId);
      let row = this.#rows.get(run.runId);
      if (!row) {
        row = new Row(run.runId, this.#send);
        this.#rows.set(run.runId, row);
        this.node.append(row.node);
      }
      row.update(run, labels[i] ?? run.name);
    });
    for (const [runId, row] of this.#rows) {
      if (shown.has(runId)) continue;
      row.node.remove();
      this.#rows.delete(runId);
    }
  }
}

class Row {
  readonly node = document.createElement("div");
  readonly #text = document.createElement("span");
  readonly #progress = document.createElement("progress");
  readonly #buttons = document.createElement("span");
  readonly #problem = document.createElement("span");
  readonly #runId: string;
  readonly #send: () => Send | null;
  #offered = "";

  constructor(runId: string, send: () => Send | null) {
    this.#runId = runId;
    this.#send = send;
    this.node.className = "alright-Plot-run";
    this.node.dataset.runId = runId;
    this.#problem.setAttribute("role", "alert");
    this.#problem.hidden = true;
    this.node.append(this.#text, this.#progress, this.#buttons, this.#problem);
  }

  update(run: RunSnapshot, label: string): void {
    const step = `step ${run.step} of ${run.steps}`;
    const doing = run.state === "preparing" || run.state === "failed" ? (run.note ?? "") : step;
    this.#text.textContent = `${label}: ${run.state}${doing ? `, ${doing}` : ""}`;
    this.#progress.max = Math.max(1, run.steps);
    this.#progress.value = run.step;
    this.#progress.hidden = run.state === "failed" || run.state === "preparing";
    this.#progress.setAttribute("aria-label", `${label}: ${step}`);
    const offered = this.#send() ? actions[run.state] : [];
    if (offered.join() === this.#offered) return;
    this.#offered = offered.join();
    this.#problem.hidden = true;
    this.#buttons.replaceChildren(...offered.map((action) => this.#button(action, label)));
  }

  #button(action: Action, label: string): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = captions[action];
    button.dataset.action = action;
    button.setAttribute("aria-label", `${captions[action]} ${label}`);
    button.addEventListener("click", () => void this.#act(action, button));
    return button;
  }

  async #act(action: Action, button: HTMLButtonElement): Promise<void> {
    const send = this.#send();
    if (!send) return;
    button.disabled = true;
    const reply = await send({ action, runId: this.#runId });
    button.disabled = false;
    this.#problem.hidden = reply.ok;
    this.#problem.textContent = reply.ok ? "" : (reply.error ?? "The kernel refused.");
  }
}
