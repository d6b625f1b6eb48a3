/** What the server says besides the rows: explanations, problems, why a query was refused. */

import type { Answer, Problem } from "../asking/answer";
import { Refused } from "../asking/server";
import { el } from "../dom";
import { titled } from "../editor/problems";

/** A list of problems with their corrections. */
export function problemList(
  problems: readonly Problem[],
  go: ((problem: Problem) => void) | null,
  fix: ((problem: Problem, number: number) => void) | null,
): HTMLElement {
  return el(
    "ul",
    { class: "problems" },
    ...problems.map((problem) =>
      el(
        "li",
        { class: problem.severity },
        el("span", { class: "severity" }, problem.severity),
        go === null
          ? el("span", {}, problem.message)
          : el("button", { type: "button", class: "plain message", title: "Go to the place", click: () => go(problem) }, problem.message),
        el("a", { href: problem.href, target: "_blank", rel: "noreferrer noopener", title: `About ${problem.name}` }, problem.code),
        ...(fix === null ? [] : problem.fixes.map((one, number) => el("button", { type: "button", class: "fix", click: () => fix(problem, number) }, `✓ ${titled(one.title)}`))),
      ),
    ),
  );
}

/** Why there is no answer. */
export function refusal(error: unknown): HTMLElement {
  if (error instanceof Refused && error.problems.length > 0) {
    return el("div", { class: "refused", role: "alert" }, el("h2", {}, "No answer"), problemList(error.problems, null, null));
  }
  const message = error instanceof Error ? error.message : String(error);
  return el("div", { class: "refused", role: "alert" }, el("h2", {}, "No answer"), el("p", {}, message));
}

/** "Information (n)": what an answer says of itself. */
export function explanations(answer: Answer): HTMLElement | null {
  const sentences = [...answer.explanations];
  if (answer.limitNote !== null && !sentences.includes(answer.limitNote)) sentences.unshift(answer.limitNote);
  if (answer.rowCount > answer.rows.length) {
    sentences.unshift(`The page shows the first ${answer.rows.length} of ${answer.rowCount} rows; downloads have all.`);
  }
  for (const problem of answer.diagnostics) if (!sentences.includes(problem.message)) sentences.push(problem.message);
  if (sentences.length === 0) return null;
  return el(
    "details",
    { class: "information" },
    el("summary", {}, `Information (${sentences.length})`),
    el("ul", {}, ...sentences.map((sentence) => el("li", {}, sentence))),
  );
}
