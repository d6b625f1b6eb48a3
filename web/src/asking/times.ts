/** Times as texts, and timeframes. */

import type { Info } from "./answer";

const MINUTE = 60_000;
const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: 60 * MINUTE, d: 1440 * MINUTE, w: 10_080 * MINUTE };

/** A timeframe as the address has it: two texts, empty for the ends of the data. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

export const PRESETS: readonly (Range & { readonly label: string })[] = [
  { label: "All data", from: "", to: "" },
  { label: "Last 30 minutes", from: "-30m", to: "now" },
  { label: "Last 2 hours", from: "-2h", to: "now" },
  { label: "Last 24 hours", from: "-24h", to: "now" },
  { label: "Last 7 days", from: "-7d", to: "now" },
  { label: "Last 30 days", from: "-30d", to: "now" },
];

/** "2026-03-14 22:00", with seconds and milliseconds if they are not 0 or if `exact`. */
export function timeText(instant: number, offset: number, exact = false): string {
  const date = new Date(instant + offset * MINUTE);
  if (Number.isNaN(date.getTime())) return String(instant); // beyond the calendar
  const [day = "", rest = ""] = date.toISOString().replace("Z", "").split("T");
  return `${day} ${exact ? rest : rest.replace(/:00\.000$/, "").replace(/\.000$/, "")}`;
}

/** The offset as people write it: "UTC", "UTC+01:00". */
export function offsetText(offset: number): string {
  if (offset === 0) return "UTC";
  const size = Math.abs(offset);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `UTC${offset < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** The value of a field for date and time, and back. */
export function localText(instant: number, offset: number): string {
  return timeText(instant, offset, true).replace(" ", "T");
}

export function localInstant(text: string, offset: number): number | null {
  const instant = Date.parse(`${text}Z`);
  return Number.isNaN(instant) ? null : instant - offset * MINUTE;
}

/** The first millisecond of a timeframe and one past its last; null if a text is no known time. */
export function resolved(range: Range, info: Info): readonly [number, number] | null {
  const [first, last] = info.span;
  const start = range.from === "" ? first : instant(range.from, info);
  const end = range.to === "" ? last : instant(range.to, info);
  return start === null || end === null ? null : [start, end];
}

function instant(text: string, info: Info): number | null {
  if (text === "now") return info.clock.now;
  if (text === "data-end") return info.span[1];
  if (/^-?\d+$/.test(text)) return Number(text);
  const [, count, unit] = /^-(\d+)([mhdw])$/.exec(text) ?? [];
  const size = unit === undefined ? undefined : UNITS[unit];
  return size === undefined ? null : info.clock.now - Number(count) * size;
}
