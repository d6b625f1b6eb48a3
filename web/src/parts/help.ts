/** The keys and what else is good to know. */

import { el } from "../dom";
import { openDialog } from "./dialog";

const KEYS: readonly (readonly [string, string])[] = [
  ["Ctrl Enter", "Run the selection, or the query at the cursor"],
  ["Ctrl Space", "Suggestions; Enter or Tab takes one"],
  ["Ctrl .", "Corrections at the cursor"],
  ["F8", "The next problem"],
  ["Shift Alt F", "Format"],
  ["Ctrl K", "All commands"],
  ["Alt 1 … 9", "Views"],
  ["Tab", "Leaves the editor; inside a list of suggestions it takes one"],
  ["Escape", "Closes what is open; stops a running query"],
  ["Arrows, Page, Home, End", "In the table: move; with Shift, choose a range"],
  ["Enter", "In the table: sort by a column, open the session of a row"],
  ["Ctrl C", "In the table: copy the cells for a spreadsheet"],
  ["M", "In the table: copy the cells as Markdown"],
];

export function openHelp(version: string): void {
  openDialog(
    "help",
    "Keys",
    el("dl", {}, ...KEYS.flatMap(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)])),
    el("p", {}, "On a Mac, Ctrl is ⌘ and Alt is ⌥. The address holds the question: it is never sent to the server, and a link to it opens the same question for everyone who may use this server. What was asked and saved stays in this browser."),
    el("p", { class: "quiet" }, `usql ${version}`),
  );
}
