/** An element with its class, and its children in order. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/** A button that says why it can't be pressed: it keeps the focus, and its reason is read with it. */
export function button(text: string, press: () => void): HTMLButtonElement {
  const node = element("button", "alright-Button", text);
  node.type = "button";
  node.addEventListener("click", () => {
    if (node.getAttribute("aria-disabled") !== "true") press();
  });
  return node;
}

/** @param reason empty where it can be pressed */
export function disable(node: HTMLElement, reason: string): void {
  if (reason) {
    node.setAttribute("aria-disabled", "true");
    node.title = reason;
  } else {
    node.removeAttribute("aria-disabled");
    node.removeAttribute("title");
  }
}

/**
 * Keys pressed on the controls in a node are theirs: a notebook around them would take arrows and Enter for its cells, and
 * draw the focus away.
 */
export function keepKeys(node: HTMLElement): void {
  node.dataset.lmSuppressShortcuts = "true";
  node.addEventListener("keydown", (event) => event.stopPropagation());
}
