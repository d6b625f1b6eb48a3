/** What the address of the page carries: the text, the fields beside it and the view. */

import type { Instant } from "./answer";

export interface State {
  readonly text: string;
  /** Texts as the fields have them: "", "-2h", "now", or milliseconds. Empty is the data's span. */
  readonly from: string;
  readonly to: string;
  /** Minutes east of UTC. */
  readonly offset: number;
  /** Empty is the server's. */
  readonly profile: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly view: string;
}

export const EMPTY: State = {
  text: "",
  from: "",
  to: "",
  offset: 0,
  profile: "",
  parameters: {},
  view: "",
};

const FURTHEST = 14 * 60;
const VALUE = "p.";

/** The state as a fragment without "#". What has its default is left out. */
export function fragmentOf(state: State): string {
  const pairs: [string, string][] = [
    ["q", state.text],
    ["from", state.from],
    ["to", state.to],
    ["tz", state.offset === 0 ? "" : String(state.offset)],
    ["p", state.profile],
    ["v", state.view],
    ...Object.entries(state.parameters).map(([name, value]): [string, string] => [VALUE + name, value]),
  ];
  return pairs
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
}

/** The state in a fragment, with or without "#"; what cannot be read has its default. */
export function stateOf(fragment: string): State {
  const pairs = new URLSearchParams(fragment.replace(/^#/, "").replaceAll("+", "%2B"));
  const offset = Number(pairs.get("tz") ?? 0);
  const parameters: Record<string, string> = {};
  for (const [name, value] of pairs) {
    if (name.startsWith(VALUE)) parameters[name.slice(VALUE.length)] = value;
  }
  return {
    text: pairs.get("q") ?? "",
    from: pairs.get("from") ?? "",
    to: pairs.get("to") ?? "",
    offset: Number.isInteger(offset) && Math.abs(offset) <= FURTHEST ? offset : 0,
    profile: pairs.get("p") ?? "",
    parameters,
    view: pairs.get("v") ?? "",
  };
}

/** The time in a field as the server takes it; nothing for an empty one. */
export function instantOf(text: string): Instant | undefined {
  if (text === "") return undefined;
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
