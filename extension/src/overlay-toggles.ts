import type { TranslationBundle } from "@jupyterlab/translation";
import type { Overlays } from "../../src/figures/overlays.ts";
import { button, element } from "./element.ts";

/** What lies over objective space: the front with its hypervolume, and lines of equal weighted loss. */
export class OverlayToggles {
  readonly node = element("div", "alright-Plot-overlays");
  #chosen: Overlays = { front: true, lambdas: false };

  constructor(trans: TranslationBundle, changed: () => void) {
    const toggle = (name: keyof Overlays, text: string, title: string) => {
      const node = button(text, () => {
        this.#chosen = { ...this.#chosen, [name]: !this.#chosen[name] };
        node.setAttribute("aria-pressed", String(this.#chosen[name]));
        changed();
      });
      node.title = title;
      node.dataset.overlay = name;
      node.setAttribute("aria-pressed", String(this.#chosen[name]));
      return node;
    };
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", trans.__("Shown over objective space"));
    this.node.append(
      toggle(
        "front",
        trans.__("Front"),
        trans.__("The Pareto front of where the runs stand, and the area that it dominates"),
      ),
      toggle(
        "lambdas",
        trans.__("Iso-λ lines"),
        trans.__("For each λ, the line of equal weighted loss through the best run"),
      ),
    );
  }

  get chosen(): Overlays {
    return this.#chosen;
  }
}
