/** Explanations: of the word below the pointer, and of the function around the cursor. */

import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap, showTooltip, type Tooltip, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { isAbort, post } from "../asking/server";
import { el } from "../dom";
import { markdown } from "./markdown";

const QUIET = 120;

interface Word {
  readonly from: number;
  readonly to: number;
  readonly markdown: string;
}

interface Call {
  readonly label: string;
  readonly parameters: readonly (readonly [number, number])[];
  readonly active: number | null;
}

const words = hoverTooltip(async (view, at): Promise<Tooltip | null> => {
  const word = (await post("app/hover", { text: view.state.doc.toString(), at })) as Word | null;
  if (word === null) return null;
  return { pos: word.from, end: word.to, above: true, create: () => ({ dom: markdown(word.markdown) }) };
});

const called = StateEffect.define<Tooltip | null>();

const call = StateField.define<Tooltip | null>({
  create: () => null,
  update(shown, transaction) {
    for (const effect of transaction.effects) if (effect.is(called)) return effect.value;
    return shown === null ? null : { ...shown, pos: transaction.changes.mapPos(shown.pos) };
  },
  provide: (field) => showTooltip.from(field),
});

/** Shows the function around the cursor while a text is written, not while it is only read. */
class Caller {
  private timer: number | undefined;
  private asking: AbortController | undefined;

  constructor(private readonly view: EditorView) {}

  update(update: ViewUpdate): void {
    const isShown = update.state.field(call) !== null;
    const isWriting = update.docChanged && update.transactions.some((one) => one.isUserEvent("input"));
    const isLeft = update.focusChanged && !update.view.hasFocus;
    if (isWriting || (isShown && (update.selectionSet || update.docChanged || isLeft))) {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.ask(), QUIET);
    }
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    const { signal } = (this.asking = new AbortController());
    const text = this.view.state.doc.toString();
    const at = this.view.state.selection.main.head;
    let answer: Call | null = null;
    try {
      if (this.view.hasFocus) answer = (await post("app/signature", { text, at }, signal)) as Call | null;
    } catch (error) {
      if (isAbort(error)) return;
    }
    if (signal.aborted || this.view.state.doc.toString() !== text) return;
    this.view.dispatch({ effects: called.of(answer === null ? null : tooltip(answer, at)) });
  }
}

function tooltip(answer: Call, at: number): Tooltip {
  const [from, to] = (answer.active === null ? undefined : answer.parameters[answer.active]) ?? [0, 0];
  const { label } = answer;
  const dom = el("div", { class: "call" }, label.slice(0, from), el("b", {}, label.slice(from, to)), label.slice(to));
  return { pos: at, above: true, create: () => ({ dom }) };
}

function close(view: EditorView): boolean {
  if (view.state.field(call) === null) return false;
  view.dispatch({ effects: called.of(null) });
  return true;
}

export const explanations: Extension = [
  words,
  call,
  ViewPlugin.fromClass(Caller),
  keymap.of([{ key: "Escape", run: close }]),
];
