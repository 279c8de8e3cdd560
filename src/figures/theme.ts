/** Colours and letters of a figure; the front end builds one from JupyterLab's `--jp-*` variables. */
export interface Theme {
  /** Whether shades grow darker (light) or lighter (dark) with λ. */
  readonly kind: "light" | "dark";
  readonly background: string;
  readonly text: string;
  readonly grid: string;
  readonly axis: string;
  readonly fontFamily: string;
}

export type ThemeName = Theme["kind"];

const fontFamily = "DejaVu Sans, sans-serif";

export const themes: Readonly<Record<ThemeName, Theme>> = {
  light: {
    kind: "light",
    background: "#ffffff",
    text: "#212121",
    grid: "#e3e3e3",
    axis: "#8a8a8a",
    fontFamily,
  },
  dark: {
    kind: "dark",
    background: "#111111",
    text: "#e6e6e6",
    grid: "#333333",
    axis: "#8f8f8f",
    fontFamily,
  },
};
