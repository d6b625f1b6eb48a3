/** A session as a list of what happened, each entry with its time, its place in the session and its fields. */

import { timeText } from "../asking/times";
import { el } from "../dom";
import { type Entry, entriesOf, fieldsOf, isObject, type Json, type JsonObject, type Kind, numberOf } from "./entries";

const KINDS: Readonly<Record<Kind, string>> = { action: "Action", event: "Event", error: "Error" };
const AT_ONCE = 300;

/** The timeline of a session; times are on the clock that is `offset` minutes east of UTC. */
export function timeline(session: JsonObject, offset: number): HTMLElement {
  const entries = entriesOf(session);
  const [start, end] = spanOf(session, entries);
  const list = el("ol", { class: "timeline", "aria-label": "What happened" });
  const counts = (Object.keys(KINDS) as Kind[])
    .map((kind) => counted(entries.filter((entry) => entry.kind === kind).length, KINDS[kind].toLowerCase()))
    .join(" · ");
  const facts = ["userId", "country", "city", "browserFamily", "osFamily", "userExperienceScore"].map((name) => session[name]).filter((value) => typeof value === "string");
  const more = el("button", { type: "button", click: () => add() });
  const result = el(
    "div",
    { class: "of-session" },
    el("p", {}, `${timeText(start, offset, true)} · ${lasting(end - start)} · ${counts}`),
    facts.length > 0 && el("p", { class: "quiet" }, facts.join(" · ")),
    details("All fields of the session", () => fieldList(fieldsOf(session), offset)),
    entries.length === 0 ? el("p", { class: "nothing" }, "The session has no actions, events or errors.") : list,
    more,
  );
  add();
  return result;

  function add(): void {
    const shown = list.childElementCount;
    list.append(...entries.slice(shown, shown + AT_ONCE).map((entry) => row(entry, start, end, offset)));
    const rest = entries.length - list.childElementCount;
    more.hidden = rest === 0;
    more.textContent = `${rest.toLocaleString("en-US")} more`;
  }
}

function row(entry: Entry, start: number, end: number, offset: number): HTMLElement {
  const bar = el("div", { class: "stroke" });
  const length = Math.max(1, end - start);
  if (entry.start !== null) {
    bar.style.left = `${share(entry.start - start, length)}%`;
    bar.style.width = `${share(entry.duration ?? 0, length)}%`;
  }
  const after = entry.start === null ? "no time" : `+${lasting(entry.start - start)}`;
  const clock = entry.start === null ? "" : timeText(entry.start, offset, true).slice(11);
  return el(
    "li",
    { class: entry.kind },
    el("div", { class: "when" }, el("time", { datetime: entry.start === null ? null : isoText(entry.start) }, clock), el("span", { class: "quiet" }, after)),
    el("div", { class: "track", "aria-hidden": "true" }, entry.start !== null && bar),
    el("span", { class: "kind" }, KINDS[entry.kind]),
    details(
      el("span", {}, el("strong", {}, entry.name || "(no name)"), entry.type !== "" && el("span", { class: "quiet" }, ` ${entry.type}`), entry.duration !== null && el("span", { class: "quiet" }, ` ${lasting(entry.duration)}`)),
      () => fieldList(entry.fields, offset),
    ),
  );
}

/** What is hidden until it is asked for. */
function details(title: string | HTMLElement, content: () => HTMLElement): HTMLElement {
  const element = el("details", {}, el("summary", {}, title));
  element.addEventListener("toggle", () => element.append(content()), { once: true });
  return element;
}

function fieldList(fields: JsonObject, offset: number): HTMLElement {
  const pairs = Object.entries(fields).filter(([, value]) => value !== null);
  return el("dl", {}, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, shown(name, value, offset))]));
}

function shown(name: string, value: Json, offset: number): string {
  if (typeof value === "number" && (name === "startTime" || name === "endTime")) return timeText(value, offset, true);
  if (Array.isArray(value)) return value.map((entry) => (isObject(entry) && "key" in entry && "value" in entry ? `${String(entry["key"])} = ${String(entry["value"])}` : plain(entry))).join(", ");
  return plain(value);
}

function plain(value: Json): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** From the first to the last moment of the session and of all that happened in it. */
function spanOf(session: JsonObject, entries: readonly Entry[]): readonly [number, number] {
  const starts = entries.flatMap((entry) => entry.start ?? []);
  const ends = entries.flatMap((entry) => (entry.start === null ? [] : entry.start + (entry.duration ?? 0)));
  const start = numberOf(session["startTime"]);
  const end = numberOf(session["endTime"]);
  const first = least([...starts, ...(start === null ? [] : [start])]);
  const last = -least([...ends, ...(end === null ? [] : [end])].map((time) => -time));
  return [first, Math.max(first, last)];
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.min(one, other), numbers[0] ?? 0);
}

function share(part: number, whole: number): number {
  return Math.min(100, Math.max(0, (100 * part) / whole));
}

/** A duration as people read it: "350 ms", "12.3 s", "4 min 05 s", "2 h 10 min". */
function lasting(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  const two = (number: number): string => String(Math.floor(number)).padStart(2, "0");
  return minutes < 60 ? `${minutes} min ${two(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}

/** The time for machines; nothing for one that is beyond the calendar. */
function isoText(time: number): string | null {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
