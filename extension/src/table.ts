import type { RunTable } from "../../src/figures/run-table.ts";

/**
 * A run table as HTML; every cell is text. Roles are written out, and each cell knows its column's name: where there is
 * no room for columns, a row is laid out as lines of its own, and stays a row to a screen reader.
 */
export function tableElement(table: RunTable): HTMLTableElement {
  const element = document.createElement("table");
  element.setAttribute("role", "table");
  const head = element.createTHead().insertRow();
  head.setAttribute("role", "row");
  for (const name of table.head) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.setAttribute("role", "columnheader");
    cell.textContent = name;
    head.append(cell);
  }
  const body = element.createTBody();
  for (const values of table.rows) {
    const row = body.insertRow();
    row.setAttribute("role", "row");
    values.forEach((value, i) => {
      const cell = row.insertCell();
      cell.textContent = value;
      cell.setAttribute("role", "cell");
      cell.dataset.column = table.head[i];
    });
  }
  return element;
}
