import { Token } from "@lumino/coreutils";
import type { ISignal } from "@lumino/signaling";

/** What a reader can set (schema/settings.json). */
export interface AlrightSettings {
  /** The directory of runs, beside the notebook. */
  readonly runsDirectory: string;
}

export interface IAlrightSettings {
  readonly current: AlrightSettings;
  readonly changed: ISignal<IAlrightSettings, AlrightSettings>;
}

export const IAlrightSettings = new Token<IAlrightSettings>(
  "jupyterlab-alright:IAlrightSettings",
  "What is set for ALRIGHT's run browser.",
);

/** Where nobody set anything, or JupyterLab has no settings. */
export const defaultSettings: AlrightSettings = {
  runsDirectory: "runs",
};
