export * from "./adapter.ts";
export * from "./checkpoint.ts";
export * from "./error.ts";
export { type Gguf, readGguf, readGgufHeader } from "./gguf.ts";
export type { GgufValue } from "./gguf-cursor.ts";
export type { GgufEntry, GgufHeader } from "./gguf-header.ts";
export * from "./model.ts";
export * from "./resolve.ts";
export {
  readSafetensors,
  readSafetensorsHeader,
  type Safetensors,
  type StoredType,
  writeSafetensors,
} from "./safetensors.ts";
export * from "./tokenizer.ts";
