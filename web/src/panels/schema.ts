/** The tables and fields of the data: what each means, and which values it has. */

import { timeText } from "../asking/times";
import { el } from "../dom";
import { refusal } from "../parts/notes";
import type { Desk, Panel } from "./panel";

type FieldType = "string" | "enum" | "integer" | "long" | "double" | "boolean" | "timestamp" | "ip" | "properties";

interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Of the values of properties. */
  readonly valueType: FieldType | null;
  readonly typeName: string;
  readonly unit: string | null;
  readonly list: boolean;
  readonly description: string;
  readonly values: readonly string[];
  readonly deprecated: boolean;
  readonly successors: readonly string[];
  readonly origin: string;
  readonly keys: readonly string[];
}

interface Table {
  readonly name: string;
  readonly rows: number;
  readonly description: string;
  readonly fields: readonly Field[];
}

type Scalar = string | number | boolean | null;

interface Values {
  readonly values: readonly (readonly [Scalar, number])[];
  readonly distinct: number;
  readonly nulls: number;
  readonly min: number | string | null;
  readonly max: number | string | null;
}

export const schema: Panel = {
  id: "schema",
  title: "Tables and fields",
  async show(container: HTMLElement, desk: Desk): Promise<void> {
    container.append(el("p", { role: "status" }, "Loading …"));
    const tables = await tablesOf(desk);
    const filter = el("input", { type: "search", "aria-label": "Filter fields", placeholder: "Filter fields", autocomplete: "off" });
    const said = el("p", { class: "hidden", role: "status" });
    const parts = tables.map((table) => new TablePart(table, desk));
    filter.addEventListener("input", () => {
      const count = parts.reduce((sum, part) => sum + part.filter(filter.value.trim().toLowerCase()), 0);
      said.textContent = filter.value.trim() === "" ? "" : count === 1 ? "1 field" : `${count} fields`;
    });
    container.replaceChildren(filter, said, ...parts.map((part) => part.element));
    desk.followed(async () => {
      for (const [number, table] of (await tablesOf(desk)).entries()) parts[number]?.update(table);
    });
  },
};

/** The tables as they are now, always the same ones. */
async function tablesOf(desk: Desk): Promise<readonly Table[]> {
  return ((await desk.get("app/catalog")) as { readonly tables: readonly Table[] }).tables;
}

/** A table: its fields are made when it is opened. */
class TablePart {
  readonly element: HTMLDetailsElement;
  private readonly fields = el("ul", { class: "fields" });
  private readonly rows = el("span", { class: "quiet" });
  private wanted = "";

  constructor(
    private table: Table,
    private readonly desk: Desk,
  ) {
    const name = el("span", {}, el("strong", {}, table.name), this.rows);
    this.count();
    this.element = el("details", { class: "table" }, el("summary", { title: table.description }, name), this.fields);
    this.element.addEventListener("toggle", () => {
      if (this.element.open && this.fields.childElementCount === 0) this.fill();
    });
  }

  /** Shows the fields in whose name or meaning the text occurs, and returns how many there are. */
  filter(text: string): number {
    this.wanted = text;
    const count = this.fill();
    this.element.open = text !== "" && count > 0;
    this.element.hidden = count === 0;
    return count;
  }

  /** Takes the table as it is now. What is open stays so, unless there are other fields. */
  update(table: Table): void {
    const isSame = JSON.stringify(table.fields) === JSON.stringify(this.table.fields);
    this.table = table;
    this.count();
    if (!isSame && this.fields.childElementCount > 0) this.fill();
  }

  private count(): void {
    this.rows.textContent = ` ${this.table.rows.toLocaleString("en-US")}`;
  }

  private fill(): number {
    const isWanted = (field: Field): boolean => field.name.toLowerCase().includes(this.wanted) || field.description.toLowerCase().includes(this.wanted);
    const fields = this.table.fields.filter(isWanted);
    this.fields.replaceChildren(...fields.map((field) => fieldPart(this.table, field, this.desk)));
    return fields.length;
  }
}

function fieldPart(table: Table, field: Field, desk: Desk): HTMLElement {
  const about = el("div", { class: "about-field", hidden: true });
  const opener = el("button", { type: "button", class: "plain", "aria-expanded": "false", "aria-label": `About ${field.name}`, click: open }, "▸");
  return el(
    "li",
    {},
    el(
      "div",
      { class: "line" },
      opener,
      el("button", { type: "button", class: "plain name", title: `Insert ${field.name}`, click: () => desk.insert(spelled(table, field.name, desk)) }, field.name),
      el("span", { class: "quiet" }, field.unit === null ? field.typeName : `${field.typeName}, ${field.unit}`),
    ),
    about,
  );

  function open(): void {
    const isOpen = opener.getAttribute("aria-expanded") !== "true";
    opener.setAttribute("aria-expanded", String(isOpen));
    opener.textContent = isOpen ? "▾" : "▸";
    about.hidden = !isOpen;
    if (isOpen && about.childElementCount === 0) fill();
  }

  function fill(): void {
    const facts = [
      field.description,
      field.deprecated ? `Deprecated${field.successors.length > 0 ? `; use ${field.successors.join(" or ")}` : ""}.` : "",
      field.values.length > 0 ? `One of ${field.values.join(", ")}.` : "",
    ].filter((fact) => fact !== "");
    about.append(...facts.map((fact) => el("p", {}, fact)));
    if (field.keys.length > 0) about.append(el("ul", { class: "property-keys" }, ...field.keys.map((key) => el("li", {}, keyPart(key)))));
    else if (field.type !== "properties") about.append(valuesPart(null));
  }

  function keyPart(key: string): HTMLElement {
    const written = /^[A-Za-z_]\w*$/.test(key) ? key : quoted(key);
    const name = `${field.name}.${written}`;
    const values = el("div", {});
    return el(
      "div",
      {},
      el("button", { type: "button", class: "plain name", title: `Insert ${name}`, click: () => desk.insert(spelled(table, name, desk)) }, key),
      el("button", { type: "button", class: "plain", "aria-label": `Values of ${key}`, click: () => values.replaceChildren(valuesPart(key)) }, "values"),
      values,
    );
  }

  /** The most frequent values, which the server counts. */
  function valuesPart(key: string | null): HTMLElement {
    const place = el("div", { class: "values" }, el("p", { role: "status", class: "quiet" }, "Counting …"));
    void count();
    return place;

    async function count(): Promise<void> {
      const { text: _text, profile: _profile, parameters: _parameters, timeout: _timeout, limit: _limit, ...timeframe } = desk.question();
      try {
        const body = { ...timeframe, table: table.name, field: field.name, ...(key === null ? {} : { key }) };
        place.replaceChildren(...shown((await desk.post("app/values", body)) as Values));
      } catch (error) {
        place.replaceChildren(refusal(error));
      }
    }
  }

  function shown(values: Values): readonly HTMLElement[] {
    const isTime = (field.valueType ?? field.type) === "timestamp";
    const offset = desk.question().offset ?? 0;
    const text = (value: Scalar): string => (isTime && typeof value === "number" ? timeText(value, offset, true) : String(value));
    const most = Math.max(1, ...values.values.map(([, count]) => count));
    const counted = (count: number, one: string): string => `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`;
    const distinct = `${counted(values.distinct, "distinct value")}, ${counted(values.nulls, "null")}`;
    const ends = values.min === null || values.max === null ? "" : `, ${text(values.min)} to ${text(values.max)}`;
    return [
      el("p", { class: "quiet" }, distinct + ends),
      el(
        "ul",
        { "aria-label": "Most frequent values" },
        ...values.values.map(([value, count]) => {
          const bar = el("span", { class: "share", "aria-hidden": "true" });
          bar.style.width = `${(100 * count) / most}%`;
          const insert = (): void => desk.insert(literal(value));
          return el("li", {}, bar, el("button", { type: "button", class: "plain", title: "Insert the value", click: insert }, text(value)), el("span", { class: "quiet" }, count.toLocaleString("en-US")));
        }),
      ),
    ];
  }
}

/** The field as a query over another table has to write it. */
function spelled(table: Table, name: string, desk: Desk): string {
  const from = /\bFROM\s+(\w+)/i.exec(desk.question().text)?.[1]?.toLowerCase();
  return from === undefined || from === table.name ? name : `${table.name}.${name}`;
}

function literal(value: Scalar): string {
  return typeof value === "string" ? quoted(value) : String(value);
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
