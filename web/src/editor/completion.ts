/** Completion: the server's offers in its order, asked again at each letter. */

import { acceptCompletion, autocompletion, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { isAbort, post } from "../asking/server";
import { markdown } from "./markdown";

interface Offers {
  readonly from: number;
  readonly to: number;
  readonly offers: readonly Offer[];
}

interface Offer {
  readonly label: string;
  readonly kind: string;
  readonly detail: string;
  readonly doc: string;
  readonly text: string;
  readonly cursor: number;
  readonly deprecated: boolean;
}

/** Without being asked for, completion opens after a letter, a dot, a bracket or a quote. */
const OPENS = /[\w.$"'([]$/;

export function completion(profile: () => string | undefined): Extension {
  return [
    autocompletion({
      override: [(context) => offered(context, profile())],
      activateOnCompletion: ({ type }) => type === "table" || type === "keyword",
      optionClass: (option) => ((option as Shown).deprecated ? "old" : ""),
      maxRenderedOptions: 50,
    }),
    // The list scrolls, so whoever uses it without a mouse may want to reach it, and its own scroll bar must
    // not count as leaving the editor, which would close it.
    EditorView.updateListener.of(({ view }) => {
      view.dom.querySelector(".cm-tooltip-autocomplete > ul")?.setAttribute("tabindex", "0");
    }),
    // Tab takes an offer; without one it leaves the editor, as everywhere in the page.
    Prec.highest(keymap.of([{ key: "Tab", run: acceptCompletion }])),
  ];
}

type Shown = Completion & { readonly deprecated: boolean };

async function offered(context: CompletionContext, profile: string | undefined): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  if (!context.explicit && !OPENS.test(text.slice(0, context.pos))) return null;
  const asking = new AbortController();
  context.addEventListener("abort", () => asking.abort(), { onDocChange: true });
  let answer: Offers;
  try {
    answer = (await post("app/complete", { text, at: context.pos, profile }, asking.signal)) as Offers;
  } catch (error) {
    if (isAbort(error)) return null;
    throw error;
  }
  if (answer.offers.length === 0) return null;
  return {
    from: answer.from,
    filter: false,
    options: answer.offers.map((offer): Shown => ({
      label: offer.label,
      detail: offer.detail,
      type: offer.kind,
      deprecated: offer.deprecated,
      ...(offer.doc ? { info: () => markdown(offer.doc) } : {}),
      apply: (view: EditorView) => {
        view.dispatch({
          changes: { from: answer.from, to: answer.to, insert: offer.text },
          selection: { anchor: offer.cursor },
          userEvent: "input.complete",
          scrollIntoView: true,
        });
      },
    })),
  };
}
