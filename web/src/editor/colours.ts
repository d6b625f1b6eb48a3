/** Colours of the words. The server knows what each is, so the page needs no grammar of its own. */

import { type Extension, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { isAbort, post } from "../asking/server";

const QUIET = 40;

interface Tokens {
  readonly tokens: readonly (readonly [number, number, string])[];
  readonly length: number;
}

const coloured = StateEffect.define<DecorationSet>();

/** While the server has not answered, words keep their colours and move with the text. */
const words = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(coloured)) return effect.value;
    return marks.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

class Painter {
  private timer: number | undefined;
  private asking: AbortController | undefined;

  constructor(private readonly view: EditorView) {
    this.paint();
  }

  update(update: ViewUpdate): void {
    if (update.docChanged) {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.paint(), QUIET);
    }
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  private paint(): void {
    this.asking?.abort();
    this.asking = new AbortController();
    void this.ask(this.view.state.doc.toString(), this.asking.signal);
  }

  private async ask(text: string, signal: AbortSignal): Promise<void> {
    let answer: Tokens;
    try {
      answer = (await post("app/tokens", { text }, signal)) as Tokens;
    } catch (error) {
      if (isAbort(error)) return;
      answer = { tokens: [], length: text.length }; // a text that is too long has no colours
    }
    if (signal.aborted || this.view.state.doc.toString() !== text) return;
    const marks = answer.tokens
      .filter(([from, to]) => from < to)
      .map(([from, to, kind]) => Decoration.mark({ class: `tok-${kind}` }).range(from, to));
    this.view.dispatch({ effects: coloured.of(RangeSet.of(marks, true)) });
  }
}

export const colours: Extension = [words, ViewPlugin.fromClass(Painter)];
