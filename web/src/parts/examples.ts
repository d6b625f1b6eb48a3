/** Queries that the server offers, shown where there is no answer yet. */

import { type Child, el } from "../dom";

export interface Shared {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  /** The view that shows the answer best. */
  readonly view: string | null;
}

export function examples(queries: readonly Shared[], choose: (query: Shared) => void): readonly Child[] {
  if (queries.length === 0) return [];
  return [
    el("h2", { id: "examples" }, "Or try one of these"),
    el(
      "ul",
      { class: "examples", "aria-labelledby": "examples" },
      ...queries.map((query) =>
        el("li", {}, el("button", { type: "button", title: query.text, click: () => choose(query) }, query.title)),
      ),
    ),
  ];
}
