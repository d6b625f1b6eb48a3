/** The questions that were asked in this browser. */

import { asked, forget, forgetAll, onChange } from "../asking/store";
import { el } from "../dom";
import type { Desk, Panel } from "./panel";

export const history: Panel = {
  id: "history",
  title: "History",
  show(container: HTMLElement, desk: Desk): void {
    const list = el("ul", { class: "queries" });
    const clear = el("button", { type: "button", click: () => forgetAll() }, "Forget all");
    const nothing = el("p", { class: "quiet" }, "What you ask is listed here, in this browser alone.");
    container.append(nothing, list, clear);
    onChange(fill);
    fill();

    function fill(): void {
      const entries = asked();
      nothing.hidden = entries.length > 0;
      clear.hidden = entries.length === 0;
      list.replaceChildren(
        ...entries.map((entry) => {
          const text = entry.state.text.trim();
          const when = new Date(entry.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
          const rows = `${entry.rows.toLocaleString("en-US")} ${entry.rows === 1 ? "row" : "rows"}`;
          return el(
            "li",
            {},
            el("button", { type: "button", class: "plain query", title: text, click: () => desk.load(entry.state) }, el("code", {}, text), el("span", { class: "quiet" }, `${when} · ${rows}`)),
            el("button", { type: "button", class: "plain", "aria-label": `Forget ${text}`, title: "Forget", click: () => forget(entry) }, "✕"),
          );
        }),
      );
    }
  },
};
