/** How a row of the run browser is laid out: in columns, or in lines of three values or two where columns have no room. */
export type RowShape = "wide" | "narrow" | "slim";

/** As style/run-browser.css has it, in CSS pixels. */
export const rowHeights: Readonly<Record<RowShape, number>> = { wide: 26, narrow: 100, slim: 162 };

/** @param width of the list, in CSS pixels */
export function shapeAt(width: number): RowShape {
  return width >= 640 ? "wide" : width >= 370 ? "narrow" : "slim";
}

/** The room of rows that are not in the page. */
export function fill(space: HTMLTableSectionElement, columns: number, height: number): void {
  if (height <= 0) {
    space.replaceChildren();
    return;
  }
  const cell = (space.rows[0] ?? space.insertRow()).cells[0] ?? space.rows[0]!.insertCell();
  cell.colSpan = columns;
  cell.style.height = `${height}px`;
}
