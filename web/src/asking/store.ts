/**
 * Questions that this browser remembers, in its localStorage. Other tabs of the page change it too,
 * so it is read each time.
 */

import { EMPTY, type State } from "./state";

/** A question that was asked. */
export interface Asked {
  readonly state: State;
  /** When, in milliseconds since 1970 UTC. */
  readonly at: number;
  readonly rows: number;
  readonly milliseconds: number;
}

/** A question that was given a name. */
export interface Saved {
  readonly name: string;
  readonly state: State;
}

const ASKED = "usql.asked";
const SAVED = "usql.saved";
const MOST = 200;

const listeners = new Set<() => void>();

/** The questions that were asked, the last first; a question that was asked again is listed once. */
export function asked(): readonly Asked[] {
  return read(ASKED, (entry): Asked | null => {
    const { state, at, rows, milliseconds } = entry as Partial<Asked>;
    const isWhole = typeof at === "number" && typeof rows === "number" && typeof milliseconds === "number";
    return isWhole && isState(state) ? { state: { ...EMPTY, ...state }, at, rows, milliseconds } : null;
  });
}

export function remember(entry: Asked): void {
  const others = asked().filter((known) => known.state.text !== entry.state.text);
  write(ASKED, [entry, ...others].slice(0, MOST));
}

export function forget(entry: Asked): void {
  write(ASKED, asked().filter((known) => known.at !== entry.at));
}

export function forgetAll(): void {
  write(ASKED, []);
}

/** The named questions by name. */
export function saved(): readonly Saved[] {
  const entries = read(SAVED, (entry): Saved | null => {
    const { name, state } = entry as Partial<Saved>;
    return typeof name === "string" && isState(state) ? { name, state: { ...EMPTY, ...state } } : null;
  });
  return entries.toSorted((one, other) => one.name.localeCompare(other.name));
}

/** Saves a question; one of the same name is replaced. */
export function save(name: string, state: State): void {
  write(SAVED, [...saved().filter((known) => known.name !== name), { name, state }]);
}

export function remove(name: string): void {
  write(SAVED, saved().filter((known) => known.name !== name));
}

/** Calls the listener after each change, also of another tab. */
export function onChange(listener: () => void): void {
  listeners.add(listener);
}

window.addEventListener("storage", (event) => {
  if (event.key === ASKED || event.key === SAVED || event.key === null) notify();
});

function notify(): void {
  for (const listener of listeners) listener();
}

function isState(value: unknown): value is State {
  return typeof value === "object" && value !== null && typeof (value as State).text === "string";
}

function read<T>(key: string, checked: (entry: object) => T | null): readonly T[] {
  let entries: unknown;
  try {
    entries = JSON.parse(localStorage.getItem(key) ?? "[]");
  } catch {
    return []; // not ours, or storage is switched off: nothing is remembered
  }
  if (!Array.isArray(entries)) return [];
  return entries
    .map((entry: unknown) => (typeof entry === "object" && entry !== null ? checked(entry) : null))
    .filter((entry) => entry !== null);
}

function write(key: string, entries: readonly unknown[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(entries));
  } catch {
    return; // storage is full or switched off: the page works without
  }
  notify();
}
