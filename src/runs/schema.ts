import { z } from "zod";
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
