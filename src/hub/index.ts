export { HubError } from "./error.ts";
export { formatHubName, type HubName, isHubName, parseHubName, shortHubName } from "./name.ts";
export { formatProgress, type HubProgress, progressWriter } from "./progress.ts";
export type { HubOptions } from "./repository.ts";
export { pinHubName, resolveHubData, resolveHubModel } from "./resolve.ts";
export { type HubSettings, hubSettings } from "./settings.ts";
