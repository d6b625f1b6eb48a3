/** The side bar: panels that open and close; a drawer where there is no room for it. */

import { el } from "../dom";
import { panels } from "../panels";
import type { Desk } from "../panels/panel";
import { refusal } from "./notes";

export function sidebar(desk: Desk): { readonly element: HTMLElement; readonly button: HTMLButtonElement } {
  const element = el("aside", { id: "side", "aria-label": "Schema and history" });
  for (const [number, panel] of panels.entries()) {
    const body = el("div", { class: "panel" });
    const details = el("details", { class: `of-${panel.id}`, open: number === 0 }, el("summary", {}, panel.title), body);
    let isFilled = false;
    const fill = async (): Promise<void> => {
      if (isFilled || !details.open) return;
      isFilled = true;
      try {
        await panel.show(body, desk);
      } catch (error) {
        isFilled = false;
        body.replaceChildren(refusal(error));
      }
    };
    details.addEventListener("toggle", () => void fill());
    void fill();
    element.append(details);
  }
  const button = el("button", { type: "button", class: "plain drawer", "aria-controls": "side", "aria-expanded": "false", "aria-label": "Schema and history", hidden: panels.length === 0 }, "☰");
  button.addEventListener("click", () => {
    const isOpen = element.classList.toggle("open");
    button.setAttribute("aria-expanded", String(isOpen));
  });
  return { element, button };
}
