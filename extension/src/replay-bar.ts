import type { TranslationBundle } from "@jupyterlab/translation";
import { button, element } from "./element.ts";

/** From one picture of a replay to the next, in ms; the whole takes about `pictures` of them. */
const interval = 120;
const pictures = 60;

/** A slider over the steps of the runs: at its right end the plot is live. */
export class ReplayBar {
  readonly node = element("div", "alright-Plot-replay");
  readonly #trans: TranslationBundle;
  readonly #changed: () => void;
  readonly #input = element("input", "");
  readonly #text = element("output", "");
  readonly #play: HTMLButtonElement;
  #last = 0;
  #until: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(trans: TranslationBundle, changed: () => void) {
    this.#trans = trans;
    this.#changed = changed;
    this.#input.type = "range";
    this.#input.min = "0";
    this.#input.setAttribute("aria-label", trans.__("Replay: show the runs as they stood at a step"));
    this.#play = button(trans.__("Replay"), () => this.#toggle());
    this.#play.dataset.action = "replay";
    this.#input.addEventListener("input", () => {
      const step = Number(this.#input.value); // stopping sets it
      this.#stop();
      this.#go(step);
    });
    this.node.append(this.#play, this.#input, this.#text);
  }

  /** The step to draw, or `undefined` where the plot is live. */
  get until(): number | undefined {
    return this.#until;
  }

  update(last: number, shown: boolean): void {
    this.node.hidden = !shown || last === 0;
    // Who asked for less motion has the slider.
    this.#play.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (last !== this.#last) {
      this.#last = last;
      this.#input.max = String(last);
      this.#input.step = String(Math.max(1, Math.round(last / 500)));
    }
    this.#show();
  }

  dispose(): void {
    this.#stop();
  }

  #toggle(): void {
    if (this.#timer !== undefined) {
      this.#stop();
      return;
    }
    if (this.#until === undefined) this.#go(0);
    this.#timer = setInterval(() => {
      this.#go((this.#until ?? 0) + Math.max(1, this.#last / pictures));
      if (this.#until === undefined) this.#stop();
    }, interval);
    this.#show();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#show();
  }

  #go(step: number): void {
    this.#until = step >= this.#last ? undefined : Math.round(step);
    this.#show();
    this.#changed();
  }

  #show(): void {
    const at = this.#until ?? this.#last;
    if (Number(this.#input.value) !== at) this.#input.value = String(at);
    const text =
      this.#until === undefined
        ? this.#trans.__("newest, step %1", this.#last)
        : this.#trans.__("step %1 of %2", at, this.#last);
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#input.setAttribute("aria-valuetext", text);
    this.#play.textContent = this.#timer === undefined ? this.#trans.__("Replay") : this.#trans.__("Halt");
  }
}
