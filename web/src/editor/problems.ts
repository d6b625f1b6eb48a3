/** Problems of the text while it is written, and what corrects them. */

import { type Diagnostic, linter } from "@codemirror/lint";
import { type Extension, StateEffect } from "@codemirror/state";
import type { EditorView, ViewUpdate } from "@codemirror/view";
import type { Edit, Problem } from "../asking/answer";
import { isAbort, post } from "../asking/server";

const QUIET = 150;

/** What the server says of a text. */
export interface Diagnosis {
  readonly text: string;
  readonly diagnostics: readonly Problem[];
  /** All safe corrections together. */
  readonly fixAll: readonly Edit[];
  /** The places of the queries. */
  readonly statements: readonly { readonly from: number; readonly to: number }[];
  readonly placeholders: readonly string[];
}

export const NOTHING: Diagnosis = { text: "", diagnostics: [], fixAll: [], statements: [], placeholders: [] };

/** `heard` gets each diagnosis of the text as it is now. */
export function problems(profile: () => string | undefined, heard: (diagnosis: Diagnosis) => void): Extension {
  let asking: AbortController | undefined;

  async function diagnose(view: EditorView): Promise<readonly Diagnostic[]> {
    asking?.abort();
    const { signal } = (asking = new AbortController());
    const text = view.state.doc.toString();
    let diagnosis: Diagnosis;
    try {
      const answer = (await post("app/diagnose", { text, profile: profile() }, signal)) as Omit<Diagnosis, "text">;
      diagnosis = { ...answer, text };
    } catch (error) {
      if (isAbort(error)) return [];
      throw error;
    }
    if (signal.aborted || view.state.doc.toString() !== text) return [];
    heard(diagnosis);
    return diagnosis.diagnostics.map((problem) => marked(problem, text));
  }

  return linter(diagnose, { delay: QUIET, needsRefresh });
}

const again = StateEffect.define<null>();

function needsRefresh(update: ViewUpdate): boolean {
  return update.transactions.some((one) => one.effects.some((effect) => effect.is(again)));
}

/** Diagnoses the same text again, after another profile was chosen for example. */
export function diagnoseAgain(view: EditorView): void {
  view.dispatch({ effects: again.of(null) });
}

/** Applies edits that were made for a text; false if that is no longer the text. */
export function apply(view: EditorView, text: string, edits: readonly Edit[]): boolean {
  if (view.state.doc.toString() !== text) return false;
  view.dispatch({
    changes: edits.map(({ from, to, text: insert }) => ({ from, to, insert })),
    userEvent: "input.fix",
    scrollIntoView: true,
  });
  return true;
}

function marked(problem: Problem, text: string): Diagnostic {
  return {
    from: problem.from,
    to: problem.to,
    severity: problem.severity === "information" ? "info" : problem.severity,
    message: problem.message,
    source: `${problem.code} ${problem.name}`,
    actions: problem.fixes.map((fix) => ({
      name: titled(fix.title),
      apply: (view) => void apply(view, text, fix.edits),
    })),
  };
}

export function titled(title: string): string {
  return title.slice(0, 1).toUpperCase() + title.slice(1);
}
