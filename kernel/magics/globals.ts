/** What the kernel puts beside JavaScript's own globals (runtime/main.ts). */
const OF_CELLS = new Set(["display", "newDisplay", "clearOutput", "input", "page", "comms", "require"]);

/** Whether every cell has this name without declaring it: `!isNaN(x)` is a negation. */
export function isGlobal(name: string): boolean {
  return OF_CELLS.has(name) || name in globalThis;
}
