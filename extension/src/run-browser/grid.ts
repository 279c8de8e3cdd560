import type { TranslationBundle } from "@jupyterlab/translation";
import { type RunColumn, shown, shownColumns } from "../../../src/runs/columns.ts";
import { withRoom } from "./column-room.ts";
import { newRow } from "./new-row.ts";
import { fill, type RowShape, rowHeights, shapeAt } from "./row-shape.ts";
import type { ListedRun } from "./run-list.ts";

const columns = shownColumns.filter(({ key }) => key !== "id");
/** Rows above and below those in sight that are in the page, too. */
const spare = 8;

export interface GridEvents {
  sort(by: string | null): void;
  tick(paths: readonly string[], on: boolean): void;
  open(path: string): void;
  remove(): void;
  inSight(paths: ReadonlySet<string>): void;
}

/** The table of runs: only rows in sight are in the page, so that thousands cost no more than a screenful. */
export class RunGrid {
  readonly node = document.createElement("div");
  readonly #trans: TranslationBundle;
  readonly #events: GridEvents;
  readonly #table = document.createElement("table");
  readonly #body = document.createElement("tbody");
  readonly #above = document.createElement("tbody");
  readonly #below = document.createElement("tbody");
  readonly #all = document.createElement("input");
  readonly #heads = new Map<string, HTMLTableCellElement>();
  readonly #rows = new Map<string, HTMLTableRowElement>();
  #runs: readonly ListedRun[] = [];
  #ticked: ReadonlySet<string> = new Set();
  #sort: string | null = null;
  #active: string | null = null;
  #shape: RowShape = "wide";
  /** Columns that have no room. */
  #without: ReadonlySet<string> = new Set();

  constructor(trans: TranslationBundle, events: GridEvents) {
    this.#trans = trans;
    this.#events = events;
    this.node.className = "alright-Runs-scroll";
    this.#table.setAttribute("role", "grid");
    this.#table.setAttribute("aria-multiselectable", "true");
    this.#table.setAttribute("aria-label", trans.__("Runs"));
    this.#table.append(this.#head(), this.#above, this.#body, this.#below);
    for (const space of [this.#above, this.#below]) space.setAttribute("aria-hidden", "true");
    this.node.append(this.#table);
    this.node.addEventListener("scroll", () => this.#render());
    this.#body.addEventListener("keydown", (event) => this.#key(event));
    this.#body.addEventListener("focusin", (event) => {
      const row = (event.target as Element).closest("tr");
      if (row?.dataset.path !== undefined) this.#activate(row.dataset.path);
    });
    this.#body.addEventListener("dblclick", (event) => {
      const path = (event.target as Element).closest("tr")?.dataset.path;
      if (path !== undefined) events.open(path);
    });
    new ResizeObserver(() => this.#resize()).observe(this.node);
  }

  get #rowHeight(): number {
    return rowHeights[this.#shape];
  }

  /** The row that was on top stays there when rows become higher or lower. */
  #resize(): void {
    const shape = shapeAt(this.node.clientWidth);
    const top = this.node.scrollTop / this.#rowHeight;
    const turned = shape !== this.#shape;
    this.#shape = shape;
    this.node.dataset.shape = shape;
    this.#without = new Set();
    this.#render();
    if (turned) this.node.scrollTop = top * this.#rowHeight;
  }

  /** The row that has, or had last, the focus. */
  get active(): string | null {
    return this.#active;
  }

  update(runs: readonly ListedRun[], ticked: ReadonlySet<string>, sort: string | null): void {
    this.#runs = runs;
    this.#ticked = ticked;
    this.#sort = sort;
    if (!runs.some(({ path }) => path === this.#active)) this.#active = null;
    this.#table.setAttribute("aria-rowcount", String(runs.length + 1));
    const on = runs.filter(({ path }) => ticked.has(path)).length;
    this.#all.checked = on > 0 && on === runs.length;
    this.#all.indeterminate = on > 0 && on < runs.length;
    for (const [key, head] of this.#heads) {
      const order = sort === key ? "ascending" : sort === `-${key}` ? "descending" : "none";
      head.setAttribute("aria-sort", order);
    }
    this.#render();
  }

  #head(): HTMLTableSectionElement {
    const head = document.createElement("thead");
    const row = head.insertRow();
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", "1");
    const first = document.createElement("th");
    first.scope = "col";
    first.setAttribute("role", "columnheader");
    this.#all.type = "checkbox";
    this.#all.setAttribute("aria-label", this.#trans.__("Tick all runs shown"));
    this.#all.addEventListener("change", () =>
      this.#events.tick(
        this.#runs.map(({ path }) => path),
        this.#all.checked,
      ),
    );
    first.append(this.#all);
    row.append(first);
    for (const { key, title, type } of columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.setAttribute("role", "columnheader");
      cell.dataset.key = key;
      cell.className = type === "string" ? "" : "alright-mod-number";
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = this.#trans.__(title);
      button.title = this.#trans.__("Sort by %1", this.#trans.__(title));
      button.addEventListener("click", () => {
        const next = this.#sort === key ? `-${key}` : this.#sort === `-${key}` ? null : key;
        this.#events.sort(next);
      });
      cell.append(button);
      this.#heads.set(key, cell);
      row.append(cell);
    }
    return head;
  }

  #render(): void {
    const first = Math.max(0, Math.floor(this.node.scrollTop / this.#rowHeight) - spare);
    const count = Math.ceil(this.node.clientHeight / this.#rowHeight) + 2 * spare;
    const inSight = this.#runs.slice(first, first + count);
    const wanted = inSight.map((run, i) => this.#row(run, first + i));
    const focused = this.#body.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).closest("tr")
      : null;
    const same =
      wanted.length === this.#body.rows.length && wanted.every((row, i) => row === this.#body.rows[i]);
    if (!same) {
      this.#body.replaceChildren(...wanted);
      const kept = new Set(inSight.map(({ path }) => path));
      for (const path of this.#rows.keys()) if (!kept.has(path)) this.#rows.delete(path);
      if (focused?.isConnected) focused.focus({ preventScroll: true });
    }
    this.#makeRoom();
    const tabbable = this.#active ?? inSight[0]?.path;
    for (const row of wanted) row.tabIndex = row.dataset.path === tabbable ? 0 : -1;
    if (wanted.length > 0 && !wanted.some((row) => row.tabIndex === 0)) wanted[0]!.tabIndex = 0;
    fill(this.#above, columns.length + 1, first * this.#rowHeight);
    fill(this.#below, columns.length + 1, (this.#runs.length - first - inSight.length) * this.#rowHeight);
    this.#events.inSight(new Set(inSight.map(({ path }) => path)));
  }

  /** Nothing is to be scrolled sideways. Columns come back when the list is made wider. */
  #makeRoom(): void {
    this.#without = withRoom(this.#without, (without) => {
      for (const [key, head] of this.#heads) head.hidden = without.has(key);
      for (const row of this.#body.rows)
        columns.forEach(({ key }, i) => {
          row.cells[i + 1]!.hidden = without.has(key);
        });
      return this.#shape !== "wide" || this.#table.offsetWidth <= this.node.clientWidth;
    });
  }

  #row(run: ListedRun, index: number): HTMLTableRowElement {
    const row = this.#rows.get(run.path) ?? this.#newRow(run.path);
    this.#rows.set(run.path, row);
    const ticked = this.#ticked.has(run.path);
    const name = run.row?.name ?? run.name;
    row.setAttribute("aria-rowindex", String(index + 2));
    row.setAttribute("aria-selected", String(ticked));
    row.dataset.state = run.problem ? "unreadable" : (run.row?.state ?? "");
    row.title = run.problem ?? run.name;
    const box = row.querySelector("input")!;
    box.checked = ticked;
    box.setAttribute("aria-label", this.#trans.__("Tick %1", name));
    columns.forEach((column, i) => {
      const text = run.row ? shown(column, run.row[column.key]) : this.#unread(run, column);
      const cell = row.cells[i + 1]!;
      cell.hidden = this.#without.has(column.key);
      if (cell.textContent !== text) cell.textContent = text;
    });
    return row;
  }

  #unread({ name, problem }: ListedRun, { key }: RunColumn): string {
    if (key === "name") return name;
    if (key !== "state") return "";
    return problem ? this.#trans.__("unreadable") : "…";
  }

  #newRow(path: string): HTMLTableRowElement {
    const { row, box } = newRow(path, columns, this.#trans);
    box.addEventListener("change", () => this.#events.tick([path], box.checked));
    row.addEventListener("click", (event) => {
      if (!(event.target instanceof HTMLInputElement)) row.focus();
    });
    return row;
  }

  #activate(path: string): void {
    if (path === this.#active) return;
    this.#active = path;
    for (const row of this.#body.rows) row.tabIndex = row.dataset.path === path ? 0 : -1;
    this.#events.tick([], true); // the buttons' reasons depend on the row
  }

  #key(event: KeyboardEvent): void {
    const at = this.#runs.findIndex(({ path }) => path === this.#active);
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.#rowHeight) - 2);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.#runs.length - 1,
    }[event.key];
    if (to !== undefined) this.#moveTo(Math.min(this.#runs.length - 1, Math.max(0, to)));
    else if (this.#active === null) return;
    else if (event.key === " ") this.#events.tick([this.#active], !this.#ticked.has(this.#active));
    else if (event.key === "Enter") this.#events.open(this.#active);
    else if (event.key === "Delete") this.#events.remove();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #moveTo(index: number): void {
    const run = this.#runs[index];
    if (!run) return;
    const top = index * this.#rowHeight;
    const room = this.node.clientHeight - 2 * this.#rowHeight; // less the heading, and the scroll bar
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top > this.node.scrollTop + room - this.#rowHeight)
      this.node.scrollTop = top - room + this.#rowHeight;
    this.#render();
    this.#rows.get(run.path)?.focus({ preventScroll: true });
  }
}
