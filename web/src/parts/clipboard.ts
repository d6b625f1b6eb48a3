/** Copying. */

/** Copies a text; also where the browser gives no clipboard, as over HTTP from another machine. */
export async function copy(text: string): Promise<void> {
  if (isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // refused by a setting of the browser: the old way needs no permission
    }
  }
  const write = (event: ClipboardEvent): void => {
    event.preventDefault();
    event.clipboardData?.setData("text/plain", text);
  };
  document.addEventListener("copy", write, { once: true, capture: true });
  document.execCommand("copy");
  document.removeEventListener("copy", write, { capture: true });
}
