/**
 * A grid of rows of one height, of which only those in sight are elements. The grid itself has the
 * focus and names the active cell, which may scroll out of sight.
 */

import type { Answer, SessionKey, Value } from "../asking/answer";
import { el } from "../dom";
import { compare, copiedText, isNumber, markdownTable, shownText, tsv } from "./values";

const HEIGHT = 28;
const BEYOND = 6;
const SAMPLE = 200;

interface Place {
  readonly row: number;
  readonly column: number;
}

export interface GridOptions {
  readonly offset: number;
  openSession(key: SessionKey): void;
  copy(text: string, what: string): void;
  /** Called with a sentence about the order of the rows when that changes. */
  sorted(note: string): void;
}

export class Grid {
  readonly element: HTMLElement;
  private readonly body = el("div", { class: "rows", role: "rowgroup" });
  private readonly heads: readonly HTMLElement[];
  private order: readonly number[];
  private sorting: { readonly column: number; readonly direction: 1 | -1 } | null = null;
  /** Row -1 is the head; column -1 opens sessions. */
  private active: Place = { row: -1, column: 0 };
  private anchor: Place = { row: -1, column: 0 };
  private readonly shown = new Map<number, HTMLElement>();

  constructor(
    private readonly answer: Answer,
    private readonly options: GridOptions,
  ) {
    const { columns, rows } = answer;
    this.order = rows.map((_, number) => number);
    this.heads = columns.map((column, number) =>
      el(
        "div",
        { role: "columnheader", id: this.id({ row: -1, column: number }), "aria-sort": "none", class: isNumber(column) ? "number" : null, "aria-colindex": this.index(number), title: `${column.type}${column.unit === null ? "" : `, ${column.unit}`}` },
        el("span", {}, column.name),
        column.unit !== null && el("span", { class: "unit" }, ` ${column.unit}`),
      ),
    );
    const head = el("div", { class: "row head", role: "row", "aria-rowindex": 1 }, this.first && el("div", { role: "columnheader", "aria-colindex": 1, id: this.id({ row: -1, column: -1 }) }, el("span", { class: "hidden" }, "Session")), ...this.heads);
    this.element = el(
      "div",
      {
        class: "grid",
        role: "grid",
        tabindex: 0,
        "aria-label": "Rows",
        "aria-rowcount": rows.length + 1,
        "aria-colcount": columns.length + Number(this.first),
        "aria-multiselectable": "true",
      },
      el("div", { role: "rowgroup", class: "heads" }, head),
      this.body,
    );
    this.element.style.setProperty("--columns", this.widths());
    this.body.style.height = `${rows.length * HEIGHT}px`;
    this.element.addEventListener("scroll", () => this.paint());
    this.element.addEventListener("focus", () => this.paint());
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.element.addEventListener("copy", (event) => this.copied(event));
    this.element.addEventListener("pointerdown", (event) => this.point(event));
    this.element.addEventListener("dblclick", (event) => this.copyCell(event));
    new ResizeObserver(() => this.paint()).observe(this.element);
  }

  private get first(): boolean {
    return this.answer.sessions !== null;
  }

  private index(column: number): number {
    return column + 1 + Number(this.first);
  }

  private id({ row, column }: Place): string {
    return `cell-${row + 1}-${column + 1}`;
  }

  private widths(): string {
    const { columns, rows } = this.answer;
    const widths = columns.map((column, number) => {
      const texts = rows.slice(0, SAMPLE).map((row) => this.text(row[number] ?? null, number).length);
      const head = column.name.length + (column.unit === null ? 0 : column.unit.length + 1) + 2;
      return `${Math.min(Math.max(head, ...texts, 5), 48) + 3}ch`;
    });
    return [...(this.first ? ["34px"] : []), ...widths].join(" ");
  }

  private text(value: Value, column: number): string {
    const described = this.answer.columns[column];
    return described === undefined ? "" : shownText(value, described, this.options.offset);
  }

  private value(place: Place): Value {
    return this.answer.rows[this.order[place.row] ?? -1]?.[place.column] ?? null;
  }

  // --- what is in sight

  private paint(): void {
    const count = this.answer.rows.length;
    const top = this.element.scrollTop;
    const from = Math.max(0, Math.floor(top / HEIGHT) - BEYOND);
    const to = Math.min(count, Math.ceil((top + this.element.clientHeight) / HEIGHT) + BEYOND);
    for (const [row, element] of this.shown) {
      if (row < from || row >= to) {
        element.remove();
        this.shown.delete(row);
      }
    }
    for (let row = from; row < to; row++) {
      if (!this.shown.has(row)) this.add(row);
    }
    this.mark();
  }

  private add(row: number): void {
    const values = this.answer.rows[this.order[row] ?? -1] ?? [];
    const cells = values.map((value, column) => {
      const text = this.text(value, column);
      const described = this.answer.columns[column];
      const kind = `${value === null ? "missing " : ""}${described !== undefined && isNumber(described) ? "number" : ""}`;
      return el("div", { role: "gridcell", id: this.id({ row, column }), class: kind.trim() || null, "aria-colindex": this.index(column), title: text.length > 40 ? text : null }, text);
    });
    const opens = this.first && el("div", { role: "gridcell", class: "opens", id: this.id({ row, column: -1 }), "aria-colindex": 1, "aria-label": "Open session", title: "Open the session (Enter)" }, "↗");
    const element = el("div", { class: row % 2 ? "row odd" : "row", role: "row", "aria-rowindex": row + 2 }, opens, ...cells);
    element.style.top = `${row * HEIGHT}px`;
    this.shown.set(row, element);
    const following = [...this.shown.keys()].filter((other) => other > row).sort((one, other) => one - other)[0];
    this.body.insertBefore(element, following === undefined ? null : (this.shown.get(following) ?? null));
  }

  private mark(): void {
    const [low, high, left, right] = this.range();
    const isRange = low !== high || left !== right;
    for (const [row, element] of this.shown) {
      for (const cell of element.children) {
        const column = Number(cell.getAttribute("aria-colindex")) - 1 - Number(this.first);
        const isChosen = isRange && row >= low && row <= high && column >= left && column <= right;
        if (isChosen) cell.setAttribute("aria-selected", "true");
        else cell.removeAttribute("aria-selected");
      }
    }
    this.element.querySelector(".active")?.classList.remove("active");
    const id = this.id(this.active);
    const cell = this.element.querySelector(`#${id}`);
    cell?.classList.add("active");
    if (cell === null) this.element.removeAttribute("aria-activedescendant");
    else this.element.setAttribute("aria-activedescendant", id);
  }

  /** First and last row, first and last column of what is chosen. */
  private range(): readonly [number, number, number, number] {
    const { active, anchor } = this;
    return [
      Math.min(active.row, anchor.row),
      Math.max(active.row, anchor.row),
      Math.min(active.column, anchor.column),
      Math.max(active.column, anchor.column),
    ];
  }

  // --- moving

  private move(row: number, column: number, extends_: boolean): void {
    const lowest = extends_ ? 0 : -1;
    this.active = {
      row: Math.max(Math.min(row, this.answer.rows.length - 1), Math.min(lowest, this.answer.rows.length - 1)),
      column: Math.max(Math.min(column, this.answer.columns.length - 1), this.first && !extends_ ? -1 : 0),
    };
    if (!extends_) this.anchor = this.active;
    this.reveal();
    this.paint();
  }

  private reveal(): void {
    const { row, column } = this.active;
    const head = this.element.querySelector(".heads")?.clientHeight ?? HEIGHT;
    const view = this.element;
    if (row >= 0) {
      const top = row * HEIGHT;
      if (top < view.scrollTop) view.scrollTop = top;
      else if (top + HEIGHT + head > view.scrollTop + view.clientHeight) view.scrollTop = top + HEIGHT + head - view.clientHeight;
    }
    const cell = this.heads[column];
    if (cell === undefined) view.scrollLeft = 0;
    else if (cell.offsetLeft < view.scrollLeft) view.scrollLeft = cell.offsetLeft;
    else if (cell.offsetLeft + cell.offsetWidth > view.scrollLeft + view.clientWidth) view.scrollLeft = cell.offsetLeft + cell.offsetWidth - view.clientWidth;
  }

  private press(event: KeyboardEvent): void {
    const { row, column } = this.active;
    const page = Math.max(1, Math.floor(this.element.clientHeight / HEIGHT) - 2);
    const isWhole = event.ctrlKey || event.metaKey;
    const to = (rows: number, columns: number): void => this.move(rows, columns, event.shiftKey);
    if (event.altKey) return;
    switch (event.key) {
      case "ArrowDown": to(isWhole ? Infinity : row + 1, column); break;
      case "ArrowUp": to(isWhole ? 0 : row - 1, column); break;
      case "ArrowRight": to(row, isWhole ? Infinity : column + 1); break;
      case "ArrowLeft": to(row, isWhole ? 0 : column - 1); break;
      case "PageDown": to(row + page, column); break;
      case "PageUp": to(Math.max(row - page, 0), column); break;
      case "Home": to(isWhole ? 0 : row, 0); break;
      case "End": to(isWhole ? Infinity : row, Infinity); break;
      case "Enter": case " ":
        if (isWhole) return;
        this.act();
        break;
      case "m":
        if (isWhole) return;
        this.options.copy(this.chosen("markdown"), "Copied as Markdown.");
        break;
      case "a":
        if (!isWhole) return;
        this.anchor = { row: 0, column: 0 };
        this.active = { row: this.answer.rows.length - 1, column: this.answer.columns.length - 1 };
        this.mark();
        break;
      default: return;
    }
    event.preventDefault();
  }

  /** Enter: sorts in the head, opens the session in a row. */
  private act(): void {
    if (this.active.row < 0) {
      if (this.active.column >= 0) this.sort(this.active.column);
    } else this.open(this.active.row);
  }

  private open(row: number): void {
    const [userSessionId, startTime] = this.answer.sessions?.[this.order[row] ?? -1] ?? [];
    if (typeof userSessionId === "string") this.options.openSession({ userSessionId, startTime: startTime ?? null });
  }

  private point(event: PointerEvent): void {
    const cell = (event.target as Element).closest("[role=gridcell], [role=columnheader]");
    if (cell === null || event.button !== 0) return;
    const column = Number(cell.getAttribute("aria-colindex")) - 1 - Number(this.first);
    const row = Number(cell.parentElement?.getAttribute("aria-rowindex")) - 2;
    this.active = { row, column };
    if (!event.shiftKey || row < 0) this.anchor = this.active;
    else event.preventDefault(); // the browser would select text
    this.element.focus();
    if (row < 0 && column >= 0) this.sort(column);
    else if (column < 0) this.open(row);
    this.paint();
  }

  // --- sorting

  private sort(column: number): void {
    const known = this.sorting?.column === column ? this.sorting.direction : null;
    this.sorting = known === null ? { column, direction: 1 } : known === 1 ? { column, direction: -1 } : null;
    const { sorting } = this;
    const { rows, columns, rowCount } = this.answer;
    const described = columns[column];
    const natural = rows.map((_, number) => number);
    this.order =
      sorting === null || described === undefined
        ? natural
        : natural.sort((one, other) => compare(rows[one]?.[column] ?? null, rows[other]?.[column] ?? null, described, sorting.direction));
    this.heads.forEach((head, number) => {
      const isSorted = sorting !== null && number === sorting.column;
      head.setAttribute("aria-sort", isSorted ? (sorting.direction === 1 ? "ascending" : "descending") : "none");
    });
    for (const element of this.shown.values()) element.remove();
    this.shown.clear();
    this.paint();
    const part = rowCount > rows.length ? `these ${rows.length} rows` : "the rows shown";
    const name = described?.name ?? "";
    this.options.sorted(sorting === null ? "" : `Sorted by ${name} here: ${part} only. ORDER BY sorts all.`);
  }

  // --- copying

  private chosen(form: "tsv" | "markdown"): string {
    const [low, high, left, right] = this.range();
    const from = Math.max(left, 0);
    const columns = this.answer.columns.slice(from, right + 1);
    const rows: string[][] = [];
    for (let row = Math.max(low, 0); row <= high; row++) {
      rows.push(columns.map((column, number) => copiedText(this.value({ row, column: from + number }), column, this.options.offset)));
    }
    const names = columns.map((column) => column.name);
    if (form === "markdown") return markdownTable([names, ...rows], columns);
    return tsv(high < 0 ? [names] : rows.length > 1 ? [names, ...rows] : rows);
  }

  private copied(event: ClipboardEvent): void {
    event.preventDefault();
    event.clipboardData?.setData("text/plain", this.chosen("tsv"));
    this.options.copy("", "Copied.");
  }

  private copyCell(event: MouseEvent): void {
    if ((event.target as Element).closest("[role=gridcell]") !== null && this.active.column >= 0) {
      this.options.copy(this.chosen("tsv"), "Copied.");
    }
  }
}
