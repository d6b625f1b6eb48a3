/** The answer: tabs of its views, what is said of it, and what can be done with it. */

import type { Answer, Info, Question } from "../asking/answer";
import { isAbort, post } from "../asking/server";
import { type Child, el } from "../dom";
import { copiedText, markdownTable, tsv } from "../grid/values";
import { openSession } from "../session/open";
import { views } from "../views";
import { plan, showPlan } from "../views/plan";
import type { Context, View } from "../views/view";
import { explanations, refusal } from "./notes";
import { theme } from "./theme";

const TABLE = "table";
const MARGIN = 60;

export interface ResultOptions {
  readonly info: Info;
  say(message: string): void;
  /** The view that a person chose changed. */
  chose(view: string): void;
  /** The buttons beside the tabs. */
  readonly tools: readonly HTMLElement[];
}

export class Results {
  readonly element: HTMLElement;
  answered: { readonly question: Question; readonly answer: Answer } | null = null;
  /** The view that is wanted; another is shown if an answer does not offer it. */
  wanted = "";
  private readonly tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Views" });
  private readonly status = el("p", { class: "status", role: "status" });
  private readonly notes = el("div", { class: "notes" });
  private readonly panel = el("div", { class: "view", role: "tabpanel", id: "view" });
  private showing: AbortController | undefined;

  constructor(private readonly options: ResultOptions) {
    const bar = el("div", { class: "bar" }, this.tabs, el("div", { class: "tools" }, ...options.tools));
    this.element = el("section", { class: "results", "aria-label": "Answer" }, bar, el("div", { class: "about" }, this.status, this.notes), this.panel);
    this.tabs.addEventListener("keydown", (event) => this.press(event));
    this.clear();
  }

  /** Before the first answer. */
  clear(...offers: readonly Child[]): void {
    this.answered = null;
    this.element.classList.add("empty");
    const hint = el("p", {}, "Write a query and run it with Ctrl Enter.");
    this.panel.replaceChildren(el("div", { class: "nothing" }, hint, ...offers));
  }

  running(): void {
    this.status.textContent = "Running …";
    this.element.setAttribute("aria-busy", "true");
  }

  stopped(): void {
    this.status.textContent = "Stopped.";
    this.element.removeAttribute("aria-busy");
  }

  refused(error: unknown): void {
    this.showing?.abort();
    this.answered = null;
    this.element.removeAttribute("aria-busy");
    this.element.classList.add("empty");
    this.tabs.replaceChildren();
    this.status.textContent = "";
    this.notes.replaceChildren();
    this.panel.replaceChildren(refusal(error));
  }

  show(question: Question, answer: Answer): void {
    this.answered = { question, answer };
    this.element.removeAttribute("aria-busy");
    this.element.classList.remove("empty");
    const count = answer.rowCount === 1 ? "1 row" : `${answer.rowCount.toLocaleString("en-US")} rows`;
    const total = answer.totalRows !== null && answer.totalRows > answer.rowCount ? ` of ${answer.totalRows.toLocaleString("en-US")}` : "";
    this.status.textContent = `${count}${total} · ${answer.milliseconds.toLocaleString("en-US")} ms`;
    const said = explanations(answer);
    this.notes.replaceChildren(...(said === null ? [] : [said]));
    this.redraw();
  }

  /** Shows the plan of a question, which is not answered. */
  async explain(question: Question): Promise<void> {
    this.answered = null;
    this.element.removeAttribute("aria-busy");
    this.element.classList.remove("empty");
    this.status.textContent = "Not run.";
    this.notes.replaceChildren();
    this.tabs.replaceChildren(this.tab(plan, true, 0));
    await this.fill(plan.id, question, showPlan);
  }

  /** Draws the view again, after the colours changed for example. */
  redraw(): void {
    if (this.answered === null) return;
    const offered = this.offered();
    const chosen = offered.find((view) => view.id === this.wanted) ?? offered.find((view) => view.id === TABLE) ?? offered[0];
    this.tabs.replaceChildren(...offered.map((view, number) => this.tab(view, view === chosen, number)));
    const tab = this.tabs.querySelector<HTMLElement>("[aria-selected='true']");
    if (tab !== null) this.tabs.scrollLeft = tab.offsetLeft - this.tabs.offsetLeft - MARGIN;
    if (chosen !== undefined) void this.draw(chosen);
  }

  offered(): readonly View[] {
    const { answered } = this;
    return answered === null ? [] : views.filter((view) => view.offered(answered.answer));
  }

  choose(id: string): void {
    this.wanted = id;
    this.options.chose(id);
    const hadFocus = this.tabs.contains(document.activeElement);
    this.redraw();
    if (hadFocus) document.getElementById(`tab-${id}`)?.focus();
  }

  focus(): void {
    this.panel.querySelector<HTMLElement>(".grid")?.focus();
  }

  /** All rows that the page has, as a text to copy. */
  copied(form: "tsv" | "markdown"): string | null {
    if (this.answered === null) return null;
    const { answer, question } = this.answered;
    const rows = [
      answer.columns.map((column) => column.name),
      ...answer.rows.map((row) => answer.columns.map((column, number) => copiedText(row[number] ?? null, column, question.offset ?? 0))),
    ];
    return form === "tsv" ? tsv(rows) : markdownTable(rows, answer.columns);
  }

  private tab(view: View, isChosen: boolean, number: number): HTMLElement {
    return el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${view.id}`,
        "aria-selected": String(isChosen),
        "aria-controls": "view",
        tabindex: isChosen ? 0 : -1,
        title: number < 9 ? `Alt ${number + 1}` : null,
        click: () => this.choose(view.id),
      },
      view.title,
    );
  }

  private async draw(view: View): Promise<void> {
    const { answered } = this;
    if (answered === null) return;
    await this.fill(view.id, answered.question, (container, context) => view.show(container, answered.answer, context));
  }

  private async fill(id: string, question: Question, show: (container: HTMLElement, context: Context) => void | Promise<void>): Promise<void> {
    this.showing?.abort();
    const { signal } = (this.showing = new AbortController());
    const container = el("div", { class: `of-${id}` });
    this.panel.setAttribute("aria-labelledby", `tab-${id}`);
    this.panel.replaceChildren(container);
    try {
      await show(container, {
        question,
        info: this.options.info,
        dark: theme() === "dark",
        signal,
        post: (path, body) => post(path, body, signal),
        openSession: (key) => void openSession(key, question.offset ?? 0),
        say: this.options.say,
      });
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) container.replaceChildren(refusal(error));
    }
  }

  private press(event: KeyboardEvent): void {
    const tabs = [...this.tabs.children] as HTMLElement[];
    const at = tabs.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || tabs.length === 0) return;
    event.preventDefault();
    tabs.at(to % tabs.length)?.click();
  }
}
