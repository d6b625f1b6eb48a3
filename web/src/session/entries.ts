/** What happened in a session, in the order of time, from its JSON. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export type Kind = "action" | "event" | "error";

export interface Entry {
  readonly kind: Kind;
  readonly type: string;
  readonly name: string;
  /** Milliseconds since 1970 UTC; null if the export has none. */
  readonly start: number | null;
  /** Milliseconds; null for what has no duration. */
  readonly duration: number | null;
  /** All of its fields. */
  readonly fields: JsonObject;
}

const LISTS: readonly (readonly [string, Kind])[] = [
  ["userActions", "action"],
  ["events", "event"],
  ["errors", "error"],
  ["syntheticEvents", "event"],
];

/** The entries of a session. Those without a time come last. */
export function entriesOf(session: JsonObject): readonly Entry[] {
  const entries = LISTS.flatMap(([list, kind]) => {
    const items = session[list];
    return Array.isArray(items) ? items.filter(isObject).map((fields) => entryOf(kind, fields)) : [];
  });
  return entries.toSorted((one, other) => (one.start ?? Infinity) - (other.start ?? Infinity) || 0);
}

/** The fields of the session itself. */
export function fieldsOf(session: JsonObject): JsonObject {
  const lists = new Set(LISTS.map(([list]) => list));
  return Object.fromEntries(Object.entries(session).filter(([name]) => !lists.has(name)));
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function entryOf(kind: Kind, fields: JsonObject): Entry {
  const start = numberOf(fields["startTime"]);
  const end = numberOf(fields["endTime"]);
  const duration = numberOf(fields["duration"]) ?? (start !== null && end !== null ? end - start : null);
  return { kind, type: textOf(fields["type"]), name: textOf(fields["name"]), start, duration, fields };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
}
