export * from "./error.ts";
export type * from "./examples.ts";
export * from "./load.ts";
export * from "./random.ts";
export * from "./resolve.ts";
export * from "./sampler.ts";
export * from "./split.ts";
export * from "./summary.ts";
export * from "./tokenise.ts";
