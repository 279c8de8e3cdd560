import { inspect } from "node:util";
import type { Content } from "../protocol/message.ts";
import { recognise } from "./kinds.ts";

/** The method that an object may have to say how it is shown: it returns a bundle of MIME types. */
export const DISPLAY = Symbol.for("Jupyter.display");
/** The method of an object that `display` follows while it changes, as it does a run. */
export const LIVE = Symbol.for("alright.live");

export interface Bundle {
  readonly data: Content;
  readonly metadata: Content;
}

/** How a value is shown: by its own `Symbol.for("Jupyter.display")`, as what it is known to be, or as `util.inspect` prints it. */
export function toBundle(value: unknown): Bundle | Promise<Bundle> {
  const custom = (value as Record<symbol, unknown> | null | undefined)?.[DISPLAY];
  if (typeof custom === "function") {
    const bundle = (data: Content) => ({ data: { "text/plain": plain(value), ...data }, metadata: {} });
    const data = custom.call(value) as Content | Promise<Content>;
    return data instanceof Promise ? data.then(bundle) : bundle(data);
  }
  return { data: recognise(value) ?? { "text/plain": plain(value) }, metadata: {} };
}

function plain(value: unknown): string {
  return inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 80 });
}

/** The bundle as JSON, since it goes into the notebook. */
export function jsonSafe(content: Content): Content {
  return JSON.parse(JSON.stringify(content));
}
