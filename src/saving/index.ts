export { SaveError } from "./error.ts";
export {
  type AdapterSource,
  type Interpolated,
  interpolate,
  interpolations,
  weightedSum,
} from "./interpolate.ts";
export type { Form, Saved, SaveOptions, StoredName } from "./options.ts";
export { checkPlace } from "./place.ts";
export { save } from "./save.ts";
