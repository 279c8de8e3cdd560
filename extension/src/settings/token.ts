import { Token } from "@lumino/coreutils";
import type { ISignal } from "@lumino/signaling";

/** What a reader can set (schema/settings.json). */
export interface AlrightSettings {
  /** Whether plots follow their runs as they train. */
  readonly followLive: boolean;
  /** At most so many drawings a second. */
  readonly drawingRate: number;
  /** What a plot shows first; "as sent": what its message asks for. */
  readonly defaultTab: string;
  /** The directory of runs, beside the notebook. */
  readonly runsDirectory: string;
}

export interface IAlrightSettings {
  readonly current: AlrightSettings;
  readonly changed: ISignal<IAlrightSettings, AlrightSettings>;
}

export const IAlrightSettings = new Token<IAlrightSettings>(
  "jupyterlab-alright:IAlrightSettings",
  "What is set for ALRIGHT's plots and its run browser.",
);

/** Where nobody set anything, or JupyterLab has no settings. */
export const defaultSettings: AlrightSettings = {
  followLive: true,
  drawingRate: 10,
  defaultTab: "as sent",
  runsDirectory: "runs",
};
