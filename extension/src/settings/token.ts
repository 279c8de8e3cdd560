import { Token } from "@lumino/coreutils";
import type { ISignal } from "@lumino/signaling";
import { viewOrder } from "../../../src/figures/views.ts";

/** What a reader can set (schema/settings.json). */
export interface AlrightSettings {
  /** The directory of runs, beside the notebook. */
  readonly runsDirectory: string;
  /** Whether plots follow runs that go on. */
  readonly followLive: boolean;
  /** Drawings a second at most, `slowest` … `fastest`. */
  readonly drawingRate: number;
  readonly firstTab: FirstTab;
}

export const [slowest, fastest] = [0.2, 10] as const;

/** What a plot shows first: a tab, or what its message asks for. A front is a view that only messages ask for. */
export type FirstTab = "as sent" | Exclude<(typeof viewOrder)[number], "front"> | "table";
export const firstTabs: readonly FirstTab[] = [
  "as sent",
  ...viewOrder.filter((view) => view !== "front"),
  "table",
];

export interface IAlrightSettings {
  readonly current: AlrightSettings;
  readonly changed: ISignal<IAlrightSettings, AlrightSettings>;
}

export const IAlrightSettings = new Token<IAlrightSettings>(
  "jupyterlab-alright:IAlrightSettings",
  "What is set for ALRIGHT's plots and run browser.",
);

/** Where nobody set anything, or JupyterLab has no settings. */
export const defaultSettings: AlrightSettings = {
  runsDirectory: "runs",
  followLive: true,
  drawingRate: fastest,
  firstTab: "as sent",
};
