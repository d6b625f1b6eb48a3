/** The queries that were saved in this browser, and those that the server offers to all. */

import { EMPTY } from "../asking/state";
import { onChange, remove, saved as savedQueries } from "../asking/store";
import { el } from "../dom";
import type { Shared } from "../parts/examples";
import type { Desk, Panel } from "./panel";

export const saved: Panel = {
  id: "saved",
  title: "Saved queries",
  async show(container: HTMLElement, desk: Desk): Promise<void> {
    const list = el("ul", { class: "queries", "aria-label": "Saved in this browser" });
    const nothing = el("p", { class: "quiet" }, "Save keeps a query here, in this browser alone.");
    container.append(nothing, list);
    onChange(fill);
    fill();
    const shared = (await desk.get("app/queries")) as readonly Shared[];
    if (shared.length === 0) return;
    const offered = shared.map((query) =>
      el("li", {}, el("button", { type: "button", class: "plain query", title: query.text, click: () => desk.load({ ...EMPTY, text: query.text, view: query.view ?? "" }) }, query.title)),
    );
    container.append(el("p", { class: "heading", id: "shared" }, "From the server"), el("ul", { class: "queries", "aria-labelledby": "shared" }, ...offered));

    function fill(): void {
      const entries = savedQueries();
      nothing.hidden = entries.length > 0;
      list.replaceChildren(
        ...entries.map((entry) =>
          el(
            "li",
            {},
            el("button", { type: "button", class: "plain query", title: entry.state.text, click: () => desk.load(entry.state) }, entry.name),
            el("button", { type: "button", class: "plain", "aria-label": `Delete ${entry.name}`, title: "Delete", click: () => remove(entry.name) }, "✕"),
          ),
        ),
      );
    }
  },
};
