/** A menu that opens at a button or at a place, driven by arrow keys, letters and Escape. */

import { el } from "../dom";

export interface Item {
  readonly label: string;
  /** What is said beside the label, a key for example. */
  readonly hint?: string;
  run(): void;
}

/** Opens a menu below a place of the window; focus returns to `back` when it closes. */
export function openMenu(
  label: string,
  items: readonly Item[],
  place: { readonly left: number; readonly top: number },
  back: () => void,
): void {
  const menu = el("div", { class: "menu", role: "menu", "aria-label": label });
  const entries = items.map((item) =>
    el(
      "button",
      { type: "button", role: "menuitem", tabindex: -1, click: () => (close(true), item.run()) },
      item.label,
      item.hint !== undefined && el("span", { class: "hint" }, item.hint),
    ),
  );
  menu.append(...entries);

  function close(returns: boolean): void {
    document.removeEventListener("pointerdown", outside, true);
    menu.remove();
    if (returns) back();
  }

  function outside(event: PointerEvent): void {
    if (!event.composedPath().includes(menu)) close(false);
  }

  function move(to: number): void {
    entries.at(to % entries.length)?.focus();
  }

  menu.addEventListener("keydown", (event: KeyboardEvent) => {
    const at = entries.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === "ArrowDown") move(at + 1);
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(-1);
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else if (event.key.length === 1 && event.key !== " ") {
      const letter = event.key.toLowerCase();
      const following = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
      following.find((entry) => entry.textContent.toLowerCase().startsWith(letter))?.focus();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", (event: FocusEvent) => {
    if (event.relatedTarget !== null && !menu.contains(event.relatedTarget as Node)) close(false);
  });
  document.addEventListener("pointerdown", outside, true);
  (document.querySelector("main") ?? document.body).append(menu); // within a landmark
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(4, Math.min(place.left, innerWidth - width - 4))}px`;
  menu.style.top = `${Math.max(4, Math.min(place.top, innerHeight - height - 4))}px`;
  move(0);
}

/** A button that opens a menu. */
export function menuButton(label: string, title: string, items: () => readonly Item[]): HTMLButtonElement {
  const button = el("button", { type: "button", "aria-haspopup": "menu", title }, label);
  button.addEventListener("click", () => {
    const { left, bottom } = button.getBoundingClientRect();
    openMenu(title, items(), { left, top: bottom + 2 }, () => button.focus());
  });
  return button;
}
