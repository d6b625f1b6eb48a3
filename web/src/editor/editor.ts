/** The editor of queries. */

import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLineGutter, keymap, lineNumbers, placeholder } from "@codemirror/view";
import type { Edit } from "../asking/answer";
import { post } from "../asking/server";
import { el } from "../dom";
import { colours } from "./colours";
import { completion } from "./completion";
import { explanations } from "./explanations";
import { look } from "./look";
import { apply, type Diagnosis, diagnoseAgain, NOTHING, problems } from "./problems";

export interface Hearing {
  /** The profile by which queries are judged; none is the server's. */
  profile(): string | undefined;
  changed(): void;
  diagnosed(diagnosis: Diagnosis): void;
  run(): void;
  fix(): void;
}

export class Editor {
  readonly element = el("div", { class: "editor" });
  diagnosis: Diagnosis = NOTHING;
  private readonly view: EditorView;

  constructor(text: string, private readonly hearing: Hearing) {
    const root = this.element.attachShadow({ mode: "open" });
    const own = keymap.of([
      { key: "Mod-Enter", run: () => (hearing.run(), true) },
      { key: "Mod-.", run: () => (hearing.fix(), true) },
      { key: "Shift-Alt-f", run: () => (void this.format(), true) },
    ]);
    this.view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          Prec.high(own),
          lineNumbers(),
          highlightActiveLineGutter(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          EditorView.lineWrapping,
          EditorState.tabSize.of(4),
          placeholder("SELECT … FROM usersession"),
          EditorView.contentAttributes.of({
            "aria-label": "Query",
            "aria-description": "Control Enter runs it, Control Period corrects, Tab leaves the editor",
          }),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
          colours,
          completion(hearing.profile),
          problems(hearing.profile, (diagnosis) => {
            this.diagnosis = diagnosis;
            hearing.diagnosed(diagnosis);
          }),
          explanations,
          look,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) hearing.changed();
          }),
        ],
      }),
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    if (text === this.text) return;
    this.view.dispatch({
      changes: { from: 0, to: this.view.state.doc.length, insert: text },
      selection: { anchor: text.length },
    });
  }

  /** What is run: the selection, else the query at the cursor, if there are several. */
  get chosen(): { readonly text: string; readonly from: number } {
    const { main } = this.view.state.selection;
    const selected = this.view.state.sliceDoc(main.from, main.to);
    if (selected.trim() !== "") return { text: selected, from: main.from };
    const { text, statements } = this.diagnosis;
    if (text === this.text && statements.length > 1) {
      const before = statements.filter((one) => one.from <= main.head);
      const at = before.at(-1) ?? statements[0];
      if (at !== undefined) return { text: text.slice(at.from, at.to), from: at.from };
    }
    return { text: this.text, from: 0 };
  }

  /** Learns where the queries of the text are, if there may be several. */
  async settle(): Promise<void> {
    const { text } = this;
    if (!text.includes(";") || this.diagnosis.text === text) return;
    const answer = (await post("app/diagnose", { text, profile: this.hearing.profile() })) as Omit<Diagnosis, "text">;
    if (this.text === text) this.diagnosis = { ...answer, text };
  }

  get cursor(): number {
    return this.view.state.selection.main.head;
  }

  /** Where the cursor is in the window. */
  get place(): { readonly left: number; readonly top: number } {
    const at = this.view.coordsAtPos(this.cursor);
    const box = this.element.getBoundingClientRect();
    return at === null ? { left: box.left, top: box.bottom } : { left: at.left, top: at.bottom };
  }

  focus(): void {
    this.view.focus();
  }

  goTo(at: number): void {
    this.view.dispatch({ selection: { anchor: Math.min(at, this.view.state.doc.length) }, scrollIntoView: true });
    this.focus();
  }

  /** Writes over what is selected. */
  insert(text: string): void {
    this.view.dispatch({ ...this.view.state.replaceSelection(text), userEvent: "input.insert", scrollIntoView: true });
    this.focus();
  }

  apply(text: string, edits: readonly Edit[]): boolean {
    return apply(this.view, text, edits);
  }

  diagnoseAgain(): void {
    diagnoseAgain(this.view);
  }

  /** Lays out the text, or the queries that the selection touches. */
  async format(): Promise<void> {
    const { text } = this;
    const { from, to } = this.view.state.selection.main;
    const part = from === to ? {} : { from, to };
    const answer = (await post("app/format", { text, ...part })) as { readonly edits: readonly Edit[] };
    apply(this.view, text, answer.edits);
  }
}
