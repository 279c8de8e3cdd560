export * from "./bpe.ts";
export * from "./chat-template.ts";
export * from "./error.ts";
export * from "./gguf.ts";
export * from "./load.ts";
export * from "./template.ts";
export type * from "./tokenizer.ts";
export * from "./tokenizer-files.ts";
export * from "./write.ts";
