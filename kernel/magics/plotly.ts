import type { PlotMessage } from "../../src/runs/snapshot.ts";
import type { Content } from "../protocol/message.ts";

/** What VS Code, nteract and others draw with their own plotly.js. */
const PLOTLY_MIME = "application/vnd.plotly.v1+json";

/** VS Code starts kernels with these in their environment. */
const inCode = ["VSCODE_PID", "VSCODE_CWD", "VSCODE_IPC_HOOK"].some(
  (name) => process.env[name] !== undefined,
);
let on = process.env.ALRIGHT_PLOTLY === undefined ? inCode : process.env.ALRIGHT_PLOTLY !== "0";

/** `%set plotly=true`: plots end with a figure for front ends that have plotly and not this project's extension. */
export function setPlotly(value: boolean): void {
  on = value;
}

/** The message as a plotly figure, where that is wanted. */
export async function plotlyData(message: PlotMessage): Promise<Content> {
  if (!on) return {};
  const { figure, themes } = await import("../../src/figures/index.ts");
  const { traces, layout, height } = figure(message, themes.light);
  return { [PLOTLY_MIME]: { data: traces, layout: { ...layout, height } } };
}
