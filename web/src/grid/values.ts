/** Values of rows as texts: as they are shown, and as they are copied. */

import type { Column, Value } from "../asking/answer";
import { timeText } from "../asking/times";

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const large = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const small = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });

/** What a cell shows. Numbers are rounded to be read; copies have all digits. */
export function shownText(value: Value, column: Column, offset: number): string {
  if (value === null) return "null";
  if (typeof value === "number") {
    if (isTime(column)) return timeText(Math.round(value), offset, true);
    if (Number.isInteger(value)) return whole.format(value);
    return Math.abs(value) >= 1000 ? large.format(value) : small.format(value);
  }
  if (Array.isArray(value)) return value.map((entry) => shownText(entry as Value, column, offset)).join(", ");
  if (typeof value === "object") {
    const { key, value: inner } = value as { readonly key?: Value; readonly value?: Value };
    return `${String(key)}: ${shownText(inner ?? null, column, offset)}`;
  }
  if (column.type === "integer" && typeof value === "string") return whole.format(BigInt(value));
  return String(value);
}

/** What is copied: every digit, times as they are shown, lists as JSON. */
export function copiedText(value: Value, column: Column, offset: number): string {
  if (value === null) return "";
  if (typeof value === "number" && isTime(column)) return timeText(Math.round(value), offset, true);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function isTime(column: Column): boolean {
  return column.type.includes("timestamp");
}

export function isNumber(column: Column): boolean {
  return column.type === "integer" || column.type === "double";
}

/** Orders values of a column; missing ones come last in either direction. */
export function compare(one: Value, other: Value, column: Column, direction: 1 | -1): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  const [first, second] = [ordered(one, column), ordered(other, column)];
  return first < second ? -direction : first > second ? direction : 0;
}

/** What orders a value. Large whole numbers come as texts, and are compared with the others as numbers. */
function ordered(value: Value, column: Column): number | bigint | string {
  if (typeof value === "number") return value;
  return column.type === "integer" && typeof value === "string" ? BigInt(value) : plain(value);
}

function plain(value: Value): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Rows as text for spreadsheets. */
export function tsv(rows: readonly (readonly string[])[]): string {
  const quoted = (text: string): string => (/[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => row.map(quoted).join("\t")).join("\n");
}

/** Rows as a table in Markdown; the first is the head. */
export function markdownTable(rows: readonly (readonly string[])[], columns: readonly Column[]): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  const safe = (text: string): string =>
    text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;").replace(/\r?\n|\r/g, " ");
  const [head = [], ...others] = rows.map((row) => row.map(safe));
  const rule = columns.map((column) => (isNumber(column) ? "---:" : "---"));
  return [line(head), line(rule), ...others.map(line)].join("\n");
}
