/** A session by itself, over the page. */

import type { SessionKey } from "../asking/answer";
import { post } from "../asking/server";
import { el } from "../dom";
import { openDialog } from "../parts/dialog";
import { refusal } from "../parts/notes";
import type { JsonObject } from "./entries";
import { timeline } from "./timeline";

/** Opens the timeline of a session, with times `offset` minutes east of UTC. */
export async function openSession(key: SessionKey, offset: number): Promise<void> {
  const body = el("div", { class: "body" }, el("p", { role: "status" }, "Loading …"));
  const dialog = openDialog("session", `Session ${key.userSessionId}`, body);
  const closed = new AbortController();
  dialog.addEventListener("close", () => closed.abort());
  try {
    const { sessions } = (await post("app/session", key, closed.signal)) as { readonly sessions: readonly JsonObject[] };
    body.replaceChildren(...sessions.map((session) => timeline(session, offset)));
  } catch (error) {
    if (!closed.signal.aborted) body.replaceChildren(refusal(error));
  }
}
