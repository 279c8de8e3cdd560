import type { RunTable } from "../../src/figures/run-table.ts";

/** A run table as HTML; every cell is text. */
export function tableElement(table: RunTable): HTMLTableElement {
  const element = document.createElement("table");
  const head = element.createTHead().insertRow();
  for (const name of table.head) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  const body = element.createTBody();
  for (const values of table.rows) {
    const row = body.insertRow();
    for (const value of values) row.insertCell().textContent = value;
  }
  return element;
}
