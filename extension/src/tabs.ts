/** A row of tabs that keeps its buttons while their names stay the same. */
export class Tabs<T extends string> {
  readonly node = document.createElement("div");
  readonly #captions: Readonly<Record<T, string>>;
  readonly #choose: (tab: T) => void;
  #shown: readonly T[] = [];

  constructor(captions: Readonly<Record<T, string>>, choose: (tab: T) => void, label: string) {
    this.#captions = captions;
    this.#choose = choose;
    this.node.className = "alright-Plot-tabs";
    this.node.setAttribute("role", "tablist");
    this.node.setAttribute("aria-label", label);
    this.node.addEventListener("keydown", (event) => this.#move(event));
  }

  update(tabs: readonly T[], selected: T): void {
    if (tabs.join() !== this.#shown.join()) {
      this.#shown = tabs;
      this.node.replaceChildren(...tabs.map((tab) => this.#button(tab)));
    }
    for (const button of this.#buttons()) {
      const chosen = button.dataset.tab === selected;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
  }

  #button(tab: T): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.#captions[tab];
    button.dataset.tab = tab;
    button.setAttribute("role", "tab");
    button.addEventListener("click", () => this.#choose(tab));
    return button;
  }

  #buttons(): HTMLButtonElement[] {
    return [...this.node.querySelectorAll("button")];
  }

  #move(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const buttons = this.#buttons();
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next?.focus();
    next?.click();
    event.stopPropagation(); // or the notebook would move between cells
    event.preventDefault();
  }
}
