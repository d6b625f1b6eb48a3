/** Starts the page. */

import type { Info } from "./asking/answer";
import { get, Refused } from "./asking/server";
import { Page } from "./page";
import { enter, hasToken, login } from "./parts/login";
import { refusal } from "./parts/notes";
import { theme } from "./parts/theme";

async function start(place: HTMLElement): Promise<void> {
  document.documentElement.dataset["theme"] = theme();
  try {
    await enter();
    const page = new Page((await get("app/info")) as Info);
    place.replaceChildren(page.element);
    page.start();
  } catch (error) {
    const isStranger = error instanceof Refused && error.status === 401;
    place.replaceChildren(isStranger ? login(() => void start(place)) : refusal(error));
  }
}

const place = document.getElementById("page");
if (place !== null) {
  void start(place);
  window.addEventListener("hashchange", () => {
    if (hasToken()) void start(place); // the link was opened in a tab that was open already
  });
}
