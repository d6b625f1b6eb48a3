/** A tree whose branches open: the pattern of ARIA, with its keys. */

import { el } from "../dom";

export interface TreeItem {
  readonly label: HTMLElement;
  /** How many items are below it. */
  readonly count: number;
  /** Those items, asked for when it is opened. */
  items(): readonly TreeItem[];
}

/** Items that are shown at once; the next ones follow on demand. */
const AT_ONCE = 200;

export class Tree {
  readonly element: HTMLElement;
  private readonly opened = new WeakMap<Element, () => void>();

  constructor(label: string, items: readonly TreeItem[]) {
    this.element = el("ul", { role: "tree", class: "tree", "aria-label": label });
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.element.addEventListener("click", (event) => this.click(event));
    this.fill(this.element, items, 1, 0);
    this.element.querySelector("li")?.setAttribute("tabindex", "0");
  }

  /** Adds the items from `first` on, as many as are shown at once. */
  private fill(list: HTMLElement, items: readonly TreeItem[], level: number, first: number): void {
    const until = first + AT_ONCE;
    list.append(...items.slice(first, until).map((item, at) => this.item(item, level, first + at + 1, items.length)));
    if (items.length <= until) return;
    const rest = items.length - until;
    const more = el("li", { role: "treeitem", tabindex: -1, class: "more", "aria-level": level }, `${rest.toLocaleString("en-US")} more …`);
    this.opened.set(more, () => {
      more.remove();
      this.fill(list, items, level, until);
      this.focus(list.children[until]);
    });
    list.append(more);
  }

  private item(item: TreeItem, level: number, position: number, size: number): HTMLElement {
    const isBranch = item.count > 0;
    const line = el("div", { class: "line" }, el("span", { class: "mark", "aria-hidden": "true" }), item.label, isBranch && el("span", { class: "count quiet" }, `${item.count.toLocaleString("en-US")}`));
    const element = el(
      "li",
      { role: "treeitem", tabindex: -1, "aria-level": level, "aria-posinset": position, "aria-setsize": size, "aria-expanded": isBranch ? "false" : null },
      line,
    );
    if (isBranch) {
      this.opened.set(element, () => {
        const group = el("ul", { role: "group" });
        this.fill(group, item.items(), level + 1, 0);
        element.append(group);
        this.opened.delete(element);
      });
    }
    return element;
  }

  private toggle(item: Element, isOpen = item.getAttribute("aria-expanded") !== "true"): void {
    if (item.classList.contains("more")) {
      this.opened.get(item)?.();
      return;
    }
    if (!item.hasAttribute("aria-expanded")) return;
    if (isOpen) this.opened.get(item)?.();
    item.setAttribute("aria-expanded", String(isOpen));
  }

  private click(event: MouseEvent): void {
    const item = (event.target as Element).closest("li");
    if (item === null) return;
    this.focus(item);
    this.toggle(item);
  }

  private focus(item: Element | undefined | null): void {
    if (!(item instanceof HTMLElement)) return;
    this.element.querySelector("li[tabindex='0']")?.setAttribute("tabindex", "-1");
    item.tabIndex = 0;
    item.focus();
  }

  private press(event: KeyboardEvent): void {
    const item = (event.target as Element).closest("li");
    if (item === null || event.ctrlKey || event.altKey || event.metaKey) return;
    const shown = this.shown();
    const at = shown.indexOf(item);
    const isOpen = item.getAttribute("aria-expanded") === "true";
    switch (event.key) {
      case "ArrowDown": this.focus(shown[at + 1]); break;
      case "ArrowUp": this.focus(shown[at - 1]); break;
      case "Home": this.focus(shown[0]); break;
      case "End": this.focus(shown.at(-1)); break;
      case "ArrowRight":
        if (isOpen) this.focus(item.querySelector("li"));
        else this.toggle(item, true);
        break;
      case "ArrowLeft":
        if (isOpen) this.toggle(item, false);
        else this.focus(item.parentElement?.closest("li"));
        break;
      case "Enter":
      case " ": this.toggle(item); break;
      default: return;
    }
    event.preventDefault();
  }

  /** The items in open branches, from top to bottom. */
  private shown(): readonly Element[] {
    return [...this.element.querySelectorAll("li")].filter((item) => item.parentElement?.closest("li[aria-expanded='false']") === null);
  }
}
