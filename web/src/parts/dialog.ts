/** Dialogs over the page: the element of the browser, which keeps focus inside and closes on Escape. */

import { type Child, el } from "../dom";

/** Opens a dialog with a heading and a button to close it. */
export function openDialog(name: string, title: string, ...children: readonly Child[]): HTMLDialogElement {
  const heading = el("h2", { id: `${name}-title` }, title);
  const close = el("button", { type: "button", class: "plain", "aria-label": "Close", click: () => dialog.close() }, "✕");
  const dialog = el(
    "dialog",
    { class: name, "aria-labelledby": heading.id },
    el("div", { class: "title" }, heading, close),
    ...children,
  );
  return shown(dialog);
}

/** Shows a dialog until it is closed; a click beside it closes it. */
export function shown(dialog: HTMLDialogElement): HTMLDialogElement {
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
