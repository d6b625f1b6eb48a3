/** The rows of an answer. */

import type { Answer } from "../asking/answer";
import { el } from "../dom";
import { Grid } from "../grid/grid";
import { copy } from "../parts/clipboard";
import type { Context, View } from "./view";

export const table: View = {
  id: "table",
  title: "Table",
  offered: () => true,
  show(container: HTMLElement, answer: Answer, context: Context): void {
    if (answer.rows.length === 0) {
      container.append(el("p", { class: "nothing" }, "No rows."));
      return;
    }
    const order = el("p", { class: "order", role: "status" });
    const grid = new Grid(answer, {
      offset: context.question.offset ?? 0,
      openSession: (key) => context.openSession(key),
      copy: (text, what) => {
        if (text !== "") void copy(text);
        context.say(what);
      },
      sorted: (note) => {
        order.textContent = note;
      },
    });
    container.append(grid.element, order);
  },
};
