import { z } from "zod";
import type { Format } from "./document.ts";
import { runRecordFormat, summaryFormat } from "./formats.ts";
import { PlotMessage } from "./snapshot.ts";
import { Specification } from "./specification.ts";

/** JSON schema (draft 2020-12) of a specification as a user writes it, for editors. */
export function specificationSchema(): Record<string, unknown> {
  return { title: "ALRIGHT run specification", ...z.toJSONSchema(Specification, { io: "input" }) };
}

/** JSON schema of the plot message. */
export function plotMessageSchema(): Record<string, unknown> {
  return { title: "ALRIGHT plot message", ...z.toJSONSchema(PlotMessage) };
}

/** JSON schema of `run.json`, in the version that is written now. */
export function runRecordSchema(): Record<string, unknown> {
  return fileSchema("ALRIGHT run record", runRecordFormat);
}

/** JSON schema of `summary.json`, likewise. */
export function summarySchema(): Record<string, unknown> {
  return fileSchema("ALRIGHT run summary", summaryFormat);
}

/** A file's content, with the version and the library that stand above it. */
function fileSchema<T>(title: string, { schema, version }: Format<T>): Record<string, unknown> {
  const { properties, required = [], ...rest } = z.toJSONSchema(schema);
  return {
    title,
    ...rest,
    properties: { version: { const: version }, library: { type: "string" }, ...properties },
    required: ["version", "library", ...required],
  };
}
