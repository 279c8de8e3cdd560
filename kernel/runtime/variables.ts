/** A variable of the session. Compiled cells hold the box itself, so that a read is one property access. */
export interface Box {
  v: unknown;
}

const boxes = new Map<string, Box>();

/** The variable of this name, made where it is new. */
export function box(name: string): Box {
  let found = boxes.get(name);
  if (!found) boxes.set(name, (found = { v: undefined }));
  return found;
}

/** The names of these that now hold something else than `before`. */
export function changed(names: readonly string[], before: readonly unknown[]): string[] {
  return names.filter((name, at) => boxes.has(name) && boxes.get(name)!.v !== before[at]);
}

/** Every variable of the session with its value. */
export function sessionValues(): [string, unknown][] {
  return [...boxes].map(([name, { v }]) => [name, v]);
}
