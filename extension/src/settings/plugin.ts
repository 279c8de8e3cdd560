import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { Signal } from "@lumino/signaling";
import { readSettings } from "./read-settings.ts";
import { defaultSettings, IAlrightSettings } from "./token.ts";

export const settingsPlugin: JupyterFrontEndPlugin<IAlrightSettings> = {
  id: "jupyterlab-alright:settings",
  description: "What is set for ALRIGHT's plots and run browser.",
  autoStart: true,
  optional: [ISettingRegistry],
  provides: IAlrightSettings,
  activate: (app: JupyterFrontEnd, registry: ISettingRegistry | null) => {
    const settings = { current: defaultSettings, changed: null as unknown as IAlrightSettings["changed"] };
    const changed = new Signal<IAlrightSettings, IAlrightSettings["current"]>(settings);
    settings.changed = changed;
    // Not waited for: until then the defaults hold.
    void app.restored
      .then(() => registry?.load(settingsPlugin.id))
      .then((loaded) => {
        if (!loaded) return;
        const take = () => {
          settings.current = readSettings(loaded.composite as Readonly<Record<string, unknown>>);
          changed.emit(settings.current);
        };
        loaded.changed.connect(take);
        take();
      })
      .catch((error: unknown) => console.error("ALRIGHT's settings can't be read:", error));
    return settings;
  },
};
