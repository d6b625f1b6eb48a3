/** The page: its parts, and what each does to the others. */

import type { Answer, Info, Question } from "./asking/answer";
import { get, isAbort, post, Refused } from "./asking/server";
import { EMPTY, fragmentOf, instantOf, type State, stateOf } from "./asking/state";
import { remember, save } from "./asking/store";
import { timeText } from "./asking/times";
import { el } from "./dom";
import { Editor } from "./editor/editor";
import { type Diagnosis, titled } from "./editor/problems";
import type { Desk } from "./panels/panel";
import { copy } from "./parts/clipboard";
import { openDialog } from "./parts/dialog";
import { download, type Form, FORMS } from "./parts/downloads";
import { examples, type Shared } from "./parts/examples";
import { Fields } from "./parts/fields";
import { openHelp } from "./parts/help";
import { hasToken } from "./parts/login";
import { problemList } from "./parts/notes";
import { type Command, openPalette } from "./parts/palette";
import { type Item, menuButton, openMenu } from "./parts/popup";
import { Results } from "./parts/results";
import { speaker } from "./parts/say";
import { sidebar } from "./parts/sidebar";
import { themed } from "./parts/theme";

const PLAN = "plan";
const MOST_PROBLEMS = 4;
const WRITE_AFTER = 400;

export class Page implements Desk {
  readonly element: HTMLElement;
  private readonly fields: Fields;
  private readonly editor: Editor;
  private readonly results: Results;
  private readonly speaker = speaker();
  private readonly theme = themed(() => this.results.redraw());
  private readonly problems = el("div", { class: "diagnosis", "aria-label": "Problems", role: "region", hidden: true });
  private readonly runButton = el("button", { type: "button", class: "strong", title: "Ctrl Enter", click: () => void this.run() }, "▶ Run");
  private readonly stopButton = el("button", { type: "button", disabled: true, title: "Escape", click: () => this.stop() }, "■ Stop");
  private readonly source: HTMLElement;
  /** What Stop ends: one question and one download at a time. */
  private readonly jobs = new Map<"question" | "download", AbortController>();
  private timer: number | undefined;
  /** How many sessions there were when last asked, and who wants to know when there are others. */
  private sessions: number;
  private readonly followers: (() => Promise<void>)[] = [];

  constructor(readonly info: Info) {
    const state = stateOf(location.hash);
    this.sessions = info.sessions;
    this.source = el("p", { class: "source", title: info.notes.join("\n") }, ...aboutSource(info));
    this.fields = new Fields(info, () => this.changed(), () => this.editor.diagnoseAgain());
    this.editor = new Editor(state.text, {
      profile: () => this.fields.profile.value,
      changed: () => this.changed(),
      diagnosed: (diagnosis) => this.diagnosed(diagnosis),
      run: () => void this.run(),
      fix: () => this.fix(),
    });
    this.results = new Results({
      info,
      say: (message) => this.say(message),
      chose: () => this.write(),
      tools: [menuButton("⤓ Download", "Download and copy", () => this.outputs()), el("button", { type: "button", title: "Copy a link to this question", click: () => void this.link() }, "Link")],
    });
    this.element = this.built();
    this.load(state);
    window.addEventListener("hashchange", () => {
      if (!hasToken()) this.load(stateOf(location.hash));
    });
    document.addEventListener("keydown", (event) => this.press(event));
  }

  start(): void {
    this.editor.focus();
    if (this.editor.text.trim() === "") void this.offer();
    else if (this.results.wanted === PLAN) void this.explain(); // a link to a plan runs nothing
    else void this.run();
  }

  /** Shows the queries of the server until there is an answer. */
  private async offer(): Promise<void> {
    let queries: readonly Shared[];
    try {
      queries = (await get("app/queries")) as readonly Shared[];
    } catch (error) {
      this.say((error as Error).message);
      return;
    }
    if (this.results.answered !== null || this.jobs.has("question")) return;
    this.results.clear(
      ...examples(queries, ({ text, view }) => {
        this.load({ text, view: view ?? "" });
        void this.run();
      }),
    );
  }

  // --- what panels ask for

  question(): Question {
    const { offset, profile, parameters, from, to } = this.fields.value;
    const [start, end] = [instantOf(from), instantOf(to)];
    return {
      text: this.editor.chosen.text,
      offset,
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
      ...(profile === "" ? {} : { profile }),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    };
  }

  insert(text: string): void {
    this.editor.insert(text);
  }

  load(state: Partial<State>): void {
    this.fields.value = state;
    if (state.text !== undefined) this.editor.text = state.text;
    if (state.view !== undefined) this.results.wanted = state.view;
    this.write();
  }

  get(path: string): Promise<unknown> {
    return get(path);
  }

  post(path: string, body: unknown, signal?: AbortSignal): Promise<unknown> {
    return post(path, body, signal);
  }

  say(message: string): void {
    this.speaker.say(message);
  }

  followed(arrived: () => Promise<void>): void {
    this.followers.push(arrived);
  }

  // --- running

  async run(): Promise<void> {
    await this.ask(async (question, signal) => {
      const answer = (await post("app/query", question, signal)) as Answer;
      this.results.show(question, answer);
      this.fields.timeframe.keep();
      remember({ state: this.state, at: Date.now(), rows: answer.rowCount, milliseconds: answer.milliseconds });
      if (this.info.ingest) void this.tellOfNow();
    });
  }

  /** Shows the plan alone: the query is not run. */
  async explain(): Promise<void> {
    await this.ask((question) => this.results.explain(question));
  }

  private async ask(work: (question: Question, signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.editor.text.trim() === "") {
      this.say("There is no query yet.");
      return;
    }
    this.write();
    this.results.running();
    await this.working(
      "question",
      async (signal) => {
        await this.editor.settle();
        await work(this.question(), signal);
      },
      () => this.results.stopped(),
      (error) => this.results.refused(error),
    );
  }

  /** Does work that Stop ends, in place of what is being done of this kind. */
  private async working(
    job: "question" | "download",
    work: (signal: AbortSignal) => Promise<void>,
    stopped: () => void,
    failed: (error: unknown) => void,
  ): Promise<void> {
    this.jobs.get(job)?.abort();
    const controller = new AbortController();
    this.jobs.set(job, controller);
    this.stopButton.disabled = false;
    try {
      await work(controller.signal);
    } catch (error) {
      if (isAbort(error)) {
        if (this.jobs.get(job) === controller) stopped();
      } else if (error instanceof Refused && error.status === 401) location.reload();
      else failed(error);
    } finally {
      if (this.jobs.get(job) === controller) {
        this.jobs.delete(job);
        this.stopButton.disabled = this.jobs.size === 0;
      }
    }
  }

  /** Says how many sessions there are and of when, where they arrive while the page is open. */
  private async tellOfNow(): Promise<void> {
    try {
      const info = (await get("app/info")) as Info;
      this.source.replaceChildren(...aboutSource(info));
      this.fields.timeframe.update(info);
      if (info.sessions === this.sessions) return;
      this.sessions = info.sessions;
      await Promise.all(this.followers.map((arrived) => arrived()));
    } catch (error) {
      this.say((error as Error).message); // the answer stays
    }
  }

  /** The server ends a query whose request goes away. */
  stop(): void {
    for (const controller of this.jobs.values()) controller.abort();
  }

  private get state(): State {
    return { ...EMPTY, ...this.fields.value, text: this.editor.text, view: this.results.wanted };
  }

  // --- what changes while a person writes

  private changed(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.write(), WRITE_AFTER);
  }

  private write(): void {
    clearTimeout(this.timer);
    const fragment = fragmentOf(this.state);
    if (fragment !== location.hash.slice(1)) history.replaceState(null, "", fragment === "" ? location.pathname : `#${fragment}`);
  }

  private diagnosed(diagnosis: Diagnosis): void {
    this.fields.ask(diagnosis.placeholders);
    const listed = diagnosis.diagnostics.filter((problem) => problem.name !== "placeholder");
    const shown = listed.slice(0, MOST_PROBLEMS);
    this.problems.hidden = shown.length === 0;
    this.problems.replaceChildren(
      problemList(
        shown,
        (problem) => this.editor.goTo(problem.from),
        (problem, number) => {
          this.editor.apply(diagnosis.text, problem.fixes[number]?.edits ?? []);
          this.editor.focus();
        },
      ),
      ...(listed.length > shown.length ? [el("p", { class: "quiet" }, `and ${listed.length - shown.length} more`)] : []),
    );
  }

  /** The corrections of the problems at the cursor, else of all, in a menu. */
  private fix(): void {
    const { text, diagnostics, fixAll } = this.editor.diagnosis;
    const at = this.editor.cursor;
    const fixable = diagnostics.filter((problem) => problem.fixes.length > 0);
    const near = fixable.filter((problem) => problem.from <= at && at <= problem.to);
    const items: Item[] = (near.length > 0 ? near : fixable).flatMap((problem) =>
      problem.fixes.map((one) => ({ label: titled(one.title), hint: problem.name, run: () => this.corrected(text, one.edits) })),
    );
    if (fixAll.length > 0) items.push({ label: "Apply all safe corrections", run: () => this.corrected(text, fixAll) });
    if (items.length === 0) this.say("There is nothing to correct.");
    else openMenu("Corrections", items, this.editor.place, () => this.editor.focus());
  }

  private corrected(text: string, edits: Parameters<Editor["apply"]>[1]): void {
    if (!this.editor.apply(text, edits)) this.say("The text has changed since.");
    this.editor.focus();
  }

  // --- what can be done with an answer

  private outputs(): readonly Item[] {
    return [
      ...FORMS.map((form) => ({ label: `Download ${form.label}`, run: () => void this.download(form) })),
      { label: "Copy the cells for a spreadsheet", hint: "Ctrl C", run: () => this.copyCells("tsv") },
      { label: "Copy the cells as Markdown", hint: "M", run: () => this.copyCells("markdown") },
    ];
  }

  private async download(form: Form): Promise<void> {
    const question = this.results.answered?.question ?? this.question();
    this.say(`Asking for all rows as ${form.label} …`);
    await this.working(
      "download",
      async (signal) => this.say(await download(question, form, signal)),
      () => this.say("Stopped."),
      (error) => this.say((error as Error).message),
    );
  }

  private copyCells(form: "tsv" | "markdown"): void {
    const text = this.results.copied(form);
    if (text === null) this.say("There are no rows to copy.");
    else void copy(text).then(() => this.say("Copied."));
  }

  private async link(): Promise<void> {
    this.write();
    await copy(location.href);
    this.say("The link was copied. It holds the question, not the token.");
  }

  private save(): void {
    const name = el("input", { id: "name", type: "text", required: true, autocomplete: "off" });
    const form = el("form", { method: "dialog" }, el("label", { for: "name" }, "Name"), name, el("button", { type: "submit", class: "strong" }, "Save"));
    form.addEventListener("submit", () => {
      save(name.value.trim() || "Query", this.state);
      this.say("Saved in this browser.");
    });
    openDialog("save", "Save the query", form);
    name.focus();
  }

  // --- commands and keys

  private commands(): readonly Command[] {
    return [
      { label: "Run", key: "Ctrl Enter", run: () => void this.run() },
      { label: "Stop", key: "Escape", run: () => this.stop() },
      { label: "Explain: the plan, without running", run: () => void this.explain() },
      { label: "Format", key: "Shift Alt F", run: () => void this.format() },
      { label: "Correct", key: "Ctrl .", run: () => this.fix() },
      { label: "Save the query", run: () => this.save() },
      { label: "Copy a link", run: () => void this.link() },
      ...this.results.offered().map((view, number) => ({ label: `View: ${view.title}`, key: `Alt ${number + 1}`, run: () => this.results.choose(view.id) })),
      ...this.outputs().map(({ label, run }) => ({ label, run })),
      { label: "Go to the editor", run: () => this.editor.focus() },
      { label: "Go to the answer", run: () => this.results.focus() },
      { label: "Light or dark", run: () => this.theme.toggle() },
      { label: "Keys", run: () => openHelp(this.info.version) },
    ];
  }

  private press(event: KeyboardEvent): void {
    if (document.querySelector("dialog[open]") !== null) return; // it has keys of its own
    const isCommand = event.ctrlKey || event.metaKey;
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    if (isCommand && event.key === "k") openPalette(this.commands());
    else if (isCommand && event.key === "Enter" && !event.defaultPrevented) void this.run();
    else if (event.altKey && digit !== undefined) {
      const view = this.results.offered()[Number(digit) - 1];
      if (view !== undefined) this.results.choose(view.id);
    } else if (event.key === "Escape" && !event.defaultPrevented && this.jobs.size > 0) this.stop();
    else return;
    event.preventDefault();
  }

  private async format(): Promise<void> {
    try {
      await this.editor.format();
    } catch (error) {
      this.say((error as Error).message);
    }
  }

  // --- the skeleton

  private built(): HTMLElement {
    const { info } = this;
    const side = sidebar(this);
    const header = el(
      "header",
      {},
      side.button,
      el("h1", {}, "usql"),
      this.source,
      el("div", { class: "settings" }, this.fields.profile, this.fields.offset, this.theme.button, el("button", { type: "button", class: "plain", "aria-label": "Keys and help", title: "Keys and help", click: () => openHelp(info.version) }, "?")),
    );
    const toolbar = el(
      "div",
      { class: "toolbar", role: "toolbar", "aria-label": "Query" },
      this.runButton,
      this.stopButton,
      el("button", { type: "button", title: "Show the plan, without running", click: () => void this.explain() }, "Explain"),
      el("button", { type: "button", title: "Shift Alt F", click: () => void this.format() }, "Format"),
      el("button", { type: "button", title: "Ctrl .", click: () => this.fix() }, "Correct"),
      el("button", { type: "button", click: () => this.save() }, "Save"),
      el("button", { type: "button", title: "Ctrl K", click: () => openPalette(this.commands()) }, "Commands"),
      this.fields.placeholders,
    );
    return el(
      "div",
      { class: "page" },
      header,
      this.fields.timeframe.element,
      el("div", { class: "columns" }, side.element, el("main", {}, this.editor.element, this.problems, toolbar, this.results.element)),
      this.speaker.element,
    );
  }
}

/** Which sessions are asked: where they are from, how many, and of which days. */
function aboutSource({ source, sessions, span: [first, last], ingest }: Info): readonly (Node | string)[] {
  const days = [first, last - 1].map((instant) => timeText(instant, 0).slice(0, 10)).join(" to ");
  const parts = [`${sessions.toLocaleString("en-US")} sessions`, ...(last > first ? [days] : []), ...(ingest ? ["live"] : [])];
  return [el("strong", {}, source), ...parts.map((part) => ` · ${part}`)];
}
