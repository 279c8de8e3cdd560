/** The session's part of the specification, as `%model`, `%data`, `%lora` and `%set` leave it. */
let specification: Record<string, unknown> = {};

export function settings(): Readonly<Record<string, unknown>> {
  return specification;
}

/** Changes the session's specification; `undefined` takes a key out again. */
export function changeSettings(change: Readonly<Record<string, unknown>>): void {
  specification = merge(specification, change);
}

/** `over` on top of `under`; plain objects are merged key by key, anything else replaces. */
export function merge(
  under: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    // A reference or f* is one value, whatever its shape.
    const whole = key === "reference" || key === "ideal";
    if (value === undefined) delete merged[key];
    else merged[key] = !whole && isPlain(below) && isPlain(value) ? merge(below, value) : value;
  }
  return merged;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
