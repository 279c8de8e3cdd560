import type { PLOT_MIME } from "../../src/runs/snapshot.ts";

/** The type of the import keeps this equal to the library's; its module would bring the schema along. */
export const plotMime: typeof PLOT_MIME = "application/vnd.alright.plot.v1+json";
