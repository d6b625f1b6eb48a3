/** What the vendor's endpoint answers to the question, and the request that asks for it. */

import { el } from "../dom";
import { copy } from "../parts/clipboard";
import type { Context, View } from "./view";

interface Response {
  readonly url: string;
  readonly response: Readonly<Record<string, unknown>>;
}

const LONGEST = 200_000;

export const response: View = {
  id: "response",
  title: "Response",
  offered: () => true,
  async show(container: HTMLElement, _answer, context: Context): Promise<void> {
    container.append(el("p", { class: "nothing", role: "status" }, "Asking …"));
    const { url, response } = (await context.post("app/response", context.question)) as Response;
    const command = `curl -H "Authorization: Api-Token $DT_TOKEN" ${quoted(url)}`;
    const json = readable(response);
    const isCut = json.length > LONGEST;
    container.replaceChildren(
      el(
        "div",
        { class: "tools", role: "toolbar", "aria-label": "Response" },
        copies("Copy as curl", command, "The command was copied. It takes the token from DT_TOKEN."),
        copies("Copy the JSON", json, "The response was copied."),
      ),
      el("pre", { class: "command", tabindex: 0, role: "region", "aria-label": "Request" }, command),
      ...(isCut ? [el("p", { class: "quiet" }, `The first ${LONGEST.toLocaleString("en-US")} of ${json.length.toLocaleString("en-US")} characters; the copy has all.`)] : []),
      el("pre", { tabindex: 0, role: "region", "aria-label": "Response" }, isCut ? json.slice(0, LONGEST) : json),
    );

    function copies(label: string, text: string, said: string): HTMLElement {
      return el("button", { type: "button", click: () => void copy(text).then(() => context.say(said)) }, label);
    }
  },
};

/** JSON with each row of the table in a line of its own. */
function readable(response: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(response).map(([name, value]) => {
    const isTable = Array.isArray(value) && value.length > 0 && value.every((row) => Array.isArray(row));
    const text = isTable ? `[\n${value.map((row) => `    ${JSON.stringify(row)}`).join(",\n")}\n  ]` : JSON.stringify(value, null, 2).replaceAll("\n", "\n  ");
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${members.join(",\n")}\n}`;
}

/** A text as a single argument of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
