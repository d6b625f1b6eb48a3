/** How the query is run: its plan, and with "Analyze" what each part of it did. */

import { el } from "../dom";
import { copy } from "../parts/clipboard";
import { refusal } from "../parts/notes";
import type { Context, View } from "./view";

export const plan: View = {
  id: "plan",
  title: "Plan",
  offered: () => true,
  show: (container, _answer, context) => showPlan(container, context),
};

/** Shows the plan, which needs no answer. */
export async function showPlan(container: HTMLElement, context: Context): Promise<void> {
  const analyze = el("button", { type: "button", title: "Run the query and measure each part", click: () => void measured() }, "Analyze");
  const text = el("pre", { tabindex: 0, role: "region", "aria-label": "Plan" });
  const copies = el("button", { type: "button", click: () => void copy(text.textContent).then(() => context.say("The plan was copied.")) }, "Copy");
  text.textContent = await planned(false);
  container.append(el("div", { class: "tools", role: "toolbar", "aria-label": "Plan" }, analyze, copies), text);

  async function planned(analyze: boolean): Promise<string> {
    const { limit: _, ...question } = context.question;
    const answer = (await context.post("app/explain", { ...question, analyze })) as { readonly plan: string };
    return answer.plan;
  }

  async function measured(): Promise<void> {
    analyze.disabled = true;
    try {
      text.textContent = await planned(true);
      context.say("Measured.");
    } catch (error) {
      if (!context.signal.aborted) container.replaceChildren(refusal(error));
    }
    analyze.disabled = false;
  }
}
