/** The steps of a FUNNEL as bars, with their shares of the first and of the previous step. */

import type { Answer, FunnelStep } from "../asking/answer";
import { el } from "../dom";
import type { View } from "./view";

const share = new Intl.NumberFormat("en-US", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const funnel: View = {
  id: "funnel",
  title: "Funnel",
  offered: (answer: Answer) => answer.funnel !== null,
  show(container: HTMLElement, answer: Answer): void {
    const steps = answer.funnel ?? [];
    const most = Math.max(1, ...steps.map((step) => step.count));
    const head = ["Step", "", "Count", "Of the first", "Of the previous"].map((text, at) =>
      at === 1 ? el("td", {}) : el("th", { scope: "col", class: at > 1 ? "number" : null }, text),
    );
    container.append(
      el(
        "table",
        {},
        el("caption", { class: "hidden" }, "Funnel"),
        el("thead", {}, el("tr", {}, ...head)),
        el("tbody", {}, ...steps.map((step) => row(step, most))),
      ),
    );
  },
};

function row(step: FunnelStep, most: number): HTMLElement {
  const bar = el("div", { class: "bar-of-step" });
  bar.style.width = `${(100 * step.count) / most}%`;
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, step.name),
    el("td", { class: "lane" }, bar),
    el("td", { class: "number" }, step.count.toLocaleString("en-US")),
    el("td", { class: "number" }, percent(step.fromFirst)),
    el("td", { class: "number" }, percent(step.fromPrevious)),
  );
}

function percent(value: number | null): string {
  return value === null ? "–" : share.format(value);
}
