/** Light and dark: as the system has it until a person chooses. */

import { el } from "../dom";

const KEY = "usql.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export type Theme = "light" | "dark";

export function theme(): Theme {
  return chosen() ?? (system.matches ? "dark" : "light");
}

function chosen(): Theme | null {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : null;
  } catch {
    return null; // storage is switched off
  }
}

/** Applies the colours, and calls `changed` whenever they change. */
export function themed(changed: () => void): { readonly button: HTMLButtonElement; toggle(): void } {
  const button = el("button", { type: "button", class: "plain", click: toggle });

  function show(): void {
    const now = theme();
    document.documentElement.dataset["theme"] = now;
    const title = now === "dark" ? "Use light colours" : "Use dark colours";
    button.textContent = now === "dark" ? "☀" : "☾";
    button.title = title;
    button.setAttribute("aria-label", title);
  }

  function toggle(): void {
    const other: Theme = theme() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(KEY, other);
    } catch {
      return; // storage is switched off: the system decides
    }
    show();
    changed();
  }

  system.addEventListener("change", () => {
    show();
    changed();
  });
  show();
  return { button, toggle };
}
