import type { TranslationBundle } from "@jupyterlab/translation";
import type { RunColumn } from "../../../src/runs/columns.ts";

/** A run's row without values: a box to tick, and a cell for each column. */
export function newRow(
  path: string,
  columns: readonly RunColumn[],
  trans: TranslationBundle,
): { row: HTMLTableRowElement; box: HTMLInputElement } {
  const row = document.createElement("tr");
  row.dataset.path = path;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.tabIndex = -1;
  // Roles are written out: a narrow row is no row of a table to a browser.
  row.setAttribute("role", "row");
  const first = row.insertCell();
  first.setAttribute("role", "gridcell");
  first.append(box);
  for (const { key, title, type } of columns) {
    const cell = document.createElement(key === "name" ? "th" : "td");
    if (key === "name") cell.scope = "row";
    cell.setAttribute("role", key === "name" ? "rowheader" : "gridcell");
    cell.dataset.key = key;
    cell.dataset.column = trans.__(title);
    cell.className = type === "string" ? "" : "alright-mod-number";
    row.append(cell);
  }
  return { row, box };
}
