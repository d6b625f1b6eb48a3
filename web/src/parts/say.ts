/** Short messages for a moment, which screen readers say. */

import { el } from "../dom";

const SECONDS = 6;

export function speaker(): { readonly element: HTMLElement; say(message: string): void } {
  const element = el("div", { class: "said", role: "status", "aria-live": "polite" });
  let timer: number | undefined;
  return {
    element,
    say(message: string): void {
      clearTimeout(timer);
      element.textContent = message;
      timer = window.setTimeout(() => element.replaceChildren(), SECONDS * 1000);
    },
  };
}
