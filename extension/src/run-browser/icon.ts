import { LabIcon } from "@jupyterlab/ui-components";

/** Paths that bend towards an ideal point. */
export const runsIcon = new LabIcon({
  name: "alright:runs",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="none" stroke="#616161" stroke-width="2" stroke-linecap="round">
    <path d="M4 3v17h17"/><path d="M19 5c-8 0-10 3-11 10"/><path d="M20 10c-6 0-8 2-9 6"/>
  </g><circle class="jp-icon3" fill="#616161" cx="8" cy="16.5" r="1.8"/></svg>`,
});
