/** Files that the browser saves. */

import { el } from "../dom";

const PATIENCE = 60_000;

/** Saves a file, given as its bytes or as its address. */
export function saveFile(name: string, content: Blob | string): void {
  const url = typeof content === "string" ? content : URL.createObjectURL(content);
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  if (typeof content !== "string") setTimeout(() => URL.revokeObjectURL(url), PATIENCE);
}
