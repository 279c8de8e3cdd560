import { aheadPlugin } from "./ahead-plugin.ts";
import { controlPlugin } from "./control-plugin.ts";
import { feedPlugin } from "./feed-plugin.ts";
import { languagePlugin } from "./language/plugin.ts";
import { lastPicturePlugin } from "./last-picture-plugin.ts";
import { panelPlugin } from "./panel-plugin.ts";
import { rendererPlugin } from "./renderer-plugin.ts";
import { runBrowserPlugin } from "./run-browser/plugin.ts";
import { settingsPlugin } from "./settings/plugin.ts";
import { statusPlugin } from "./status/plugin.ts";
import { storePlugin } from "./store-plugin.ts";
import { typecheckPlugin } from "./typecheck/plugin.ts";
import { versionsPlugin } from "./versions/plugin.ts";

export { IRunControl } from "./control-token.ts";
export { IAlrightSettings } from "./settings/token.ts";
export { IRunStore } from "./store-token.ts";

export default [
  storePlugin,
  controlPlugin,
  feedPlugin,
  rendererPlugin,
  aheadPlugin,
  panelPlugin,
  lastPicturePlugin,
  settingsPlugin,
  runBrowserPlugin,
  statusPlugin,
  languagePlugin,
  typecheckPlugin,
  versionsPlugin,
];
