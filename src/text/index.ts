export * from "./bpe.ts";
export * from "./error.ts";
export * from "./load.ts";
export * from "./template.ts";
export type * from "./tokenizer.ts";
export * from "./write.ts";
