import { controlPlugin } from "./control-plugin.ts";
import { feedPlugin } from "./feed-plugin.ts";
import { lastPicturePlugin } from "./last-picture-plugin.ts";
import { panelPlugin } from "./panel-plugin.ts";
import { rendererPlugin } from "./renderer-plugin.ts";
import { storePlugin } from "./store-plugin.ts";

export { IRunControl } from "./control-token.ts";
export { IRunStore } from "./store-token.ts";

export default [storePlugin, controlPlugin, feedPlugin, rendererPlugin, panelPlugin, lastPicturePlugin];
