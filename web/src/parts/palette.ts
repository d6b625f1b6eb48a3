/** The palette: every command of the page by its name. */

import { el } from "../dom";
import { shown } from "./dialog";

export interface Command {
  readonly label: string;
  readonly key?: string;
  run(): void;
}

export function openPalette(commands: readonly Command[]): void {
  const list = el("div", { role: "listbox", id: "commands", "aria-label": "Commands" });
  const input = el("input", {
    type: "text",
    role: "combobox",
    "aria-label": "Command",
    "aria-controls": "commands",
    "aria-expanded": "true",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "Run, view, download …",
  });
  let fitting: readonly Command[] = [];
  let at = 0;

  function filter(): void {
    const words = input.value.toLowerCase().split(/\s+/);
    fitting = commands.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
    at = 0;
    list.replaceChildren(
      ...fitting.map((command, number) =>
        el(
          "div",
          { role: "option", id: `command-${number}`, click: () => choose(command) },
          command.label,
          command.key !== undefined && el("kbd", {}, command.key),
        ),
      ),
    );
    mark();
  }

  function mark(): void {
    [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    const option = list.children[at];
    if (option === undefined) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
  }

  function choose(command: Command): void {
    dialog.close();
    command.run();
  }

  input.addEventListener("input", filter);
  input.addEventListener("keydown", (event) => {
    const count = fitting.length;
    const command = fitting[at];
    if (event.key === "ArrowDown" && count > 0) at = (at + 1) % count;
    else if (event.key === "ArrowUp" && count > 0) at = (at + count - 1) % count;
    else if (event.key === "Enter" && command !== undefined) choose(command);
    else return;
    event.preventDefault();
    mark();
  });
  const dialog = shown(el("dialog", { class: "palette", "aria-label": "Commands" }, input, list));
  filter();
}
