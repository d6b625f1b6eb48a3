/** Coming in: the token in the link becomes a cookie, and leaves the address. */

import { post, Refused } from "../asking/server";
import { el } from "../dom";

export function hasToken(): boolean {
  return /(^#|&)token=/.test(location.hash);
}

/**
 * Takes the token out of the fragment and exchanges it. Whether there was one, and it was right, shows
 * in the next answer of the server.
 */
export async function enter(): Promise<void> {
  const pairs = new URLSearchParams(location.hash.slice(1));
  const token = pairs.get("token");
  if (token === null) return;
  const rest = location.hash.slice(1).split("&").filter((pair) => !pair.startsWith("token="));
  history.replaceState(null, "", rest.length > 0 ? `#${rest.join("&")}` : location.pathname);
  await exchanged(token);
}

async function exchanged(token: string): Promise<boolean> {
  try {
    await post("session", { token });
    return true;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return false;
    throw error;
  }
}

/** What is shown without a token. `entered` is called when one was accepted. */
export function login(entered: () => void): HTMLElement {
  const token = el("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const problem = el("p", { class: "problem", role: "alert" });
  const form = el(
    "form",
    {
      submit: (event: SubmitEvent) => {
        event.preventDefault();
        void enterWith();
      },
    },
    el("label", { for: "token" }, "Token"),
    token,
    el("button", { type: "submit", class: "strong" }, "Open"),
    problem,
  );

  async function enterWith(): Promise<void> {
    problem.replaceChildren();
    try {
      if (await exchanged(token.value.trim())) entered();
      else problem.textContent = "This is not the token of this server.";
    } catch (error) {
      problem.textContent = String((error as Error).message);
    }
  }

  return el(
    "main",
    { class: "login" },
    el("h1", {}, "usql"),
    el(
      "p",
      {},
      "This page needs the token of its server. ",
      el("code", {}, "usql serve"),
      " prints a link that contains it when it starts: open that link, or paste the token here.",
    ),
    form,
  );
}
