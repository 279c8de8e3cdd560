import type { TranslationBundle } from "@jupyterlab/translation";
import { element } from "./element.ts";

/** How long the slider must rest before λ is sent, in ms: keys move it in small steps. */
const rest = 250;
/** How long it shows what was asked for while the run does not say so yet, in ms. */
const patience = 5000;

/** Steers λ of one run. */
export class LambdaSlider {
  readonly node = element("label", "alright-Plot-lambda");
  readonly #input = element("input", "");
  readonly #value = element("output", "");
  readonly #steer: (lambda: number) => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the reader wants and the run has not said yet, and since when. */
  #wanted: { readonly lambda: number; readonly since: number } | null = null;

  constructor(trans: TranslationBundle, steer: (lambda: number) => Promise<void>) {
    this.#steer = steer;
    this.#input.type = "range";
    this.#input.min = "0";
    this.#input.max = "1";
    this.#input.step = "0.01";
    this.node.title = trans.__("The weight of DPO: 0 is SFT only, 1 is DPO only");
    this.node.append("λ", this.#input, this.#value);
    this.#input.addEventListener("input", () => this.#moved());
  }

  update(lambda: number | null, label: string, reason: string): void {
    this.node.hidden = lambda === null;
    if (lambda === null) return;
    if (this.#wanted && (this.#wanted.lambda === lambda || performance.now() - this.#wanted.since > patience))
      this.#wanted = null;
    this.#input.disabled = reason !== "";
    this.#input.setAttribute("aria-label", label);
    this.#input.title = reason;
    if (!this.#wanted) this.#input.value = String(lambda);
    this.#show(this.#wanted?.lambda ?? lambda);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #moved(): void {
    const lambda = Number(this.#input.value);
    this.#wanted = { lambda, since: performance.now() };
    this.#show(lambda);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#steer(lambda), rest);
  }

  #show(lambda: number): void {
    const text = lambda.toFixed(2);
    this.#value.textContent = text;
    this.#input.setAttribute("aria-valuetext", text);
  }
}
