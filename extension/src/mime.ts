import type { PLOT_MIME } from "../../src/runs/snapshot.ts";
import type { UPDATE_MIME } from "../../src/runs/snapshot-update.ts";

/** The type of the import keeps this equal to the library's; its module would bring the schema along. */
export const plotMime: typeof PLOT_MIME = "application/vnd.alright.plot.v1+json";

/** What a kernel's runs do, by what has changed. */
export const updateMime: typeof UPDATE_MIME = "application/vnd.alright.update.v1+json";
