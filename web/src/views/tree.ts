/** The rows of groups by their keys, as a tree whose branches open. */

import type { Answer, Column, Value } from "../asking/answer";
import { el } from "../dom";
import { shownText } from "../grid/values";
import { Tree, type TreeItem } from "../parts/tree";
import type { Context, View } from "./view";

interface Node {
  readonly key: Value;
  readonly nodes?: readonly Node[];
  readonly rows?: readonly (readonly Value[])[];
}

interface TreeAnswer {
  readonly branches: readonly Column[];
  readonly leaves: readonly Column[];
  readonly nodes: readonly Node[];
}

export const tree: View = {
  id: "tree",
  title: "Tree",
  offered: (answer: Answer) => answer.columns.some((column) => column.role === "key"),
  async show(container: HTMLElement, _answer, context: Context): Promise<void> {
    container.append(el("p", { class: "nothing", role: "status" }, "Asking …"));
    const answer = (await context.post("app/tree", context.question)) as TreeAnswer;
    const offset = context.question.offset ?? 0;
    const items = itemsOf(answer.nodes, 0);
    const names = answer.branches.map((column) => column.name).join(" › ");
    container.replaceChildren(
      el("p", { class: "quiet keys" }, `By ${names}`),
      items.length === 0 ? el("p", { class: "nothing" }, "No rows.") : new Tree(`By ${names}`, items).element,
    );

    function itemsOf(nodes: readonly Node[], level: number): readonly TreeItem[] {
      const column = answer.branches[level];
      if (column === undefined) return [];
      return nodes.map((node) => {
        const [single, ...others] = node.rows ?? [];
        const isSingle = others.length === 0;
        return {
          label: el("span", {}, el("span", { class: node.key === null ? "missing" : null }, shownText(node.key, column, offset)), ...(isSingle && single !== undefined ? [" ", figures(single)] : [])),
          count: node.nodes?.length ?? (isSingle ? 0 : (node.rows ?? []).length),
          items: () => (node.nodes !== undefined ? itemsOf(node.nodes, level + 1) : isSingle ? [] : (node.rows ?? []).map((row) => ({ label: figures(row), count: 0, items: () => [] }))),
        };
      });
    }

    function figures(row: readonly Value[]): HTMLElement {
      const parts = answer.leaves.map((column, at) => {
        const value = row[at] ?? null;
        const unit = column.unit !== null && value !== null ? ` ${column.unit}` : "";
        return el("span", { class: "figure" }, at > 0 && " ", el("span", { class: "quiet" }, `${column.name} `), `${shownText(value, column, offset)}${unit}`);
      });
      return el("span", { class: "figures" }, ...parts);
    }
  },
};
