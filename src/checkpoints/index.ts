export * from "./adapter.ts";
export * from "./checkpoint.ts";
export * from "./error.ts";
export * from "./model.ts";
export * from "./resolve.ts";
export {
  readSafetensors,
  readSafetensorsHeader,
  type Safetensors,
  type StoredType,
  writeSafetensors,
} from "./safetensors.ts";
