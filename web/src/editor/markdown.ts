/** The little Markdown that the server writes, as elements: paragraphs, code, bold words. */

import { el, type Child } from "../dom";

const FENCE = /^```\w*\n([\s\S]*?)\n```$/;
const MARKS = /`([^`]+)`|\*\*([^*]+)\*\*/g;

export function markdown(text: string): HTMLElement {
  return el("div", { class: "markdown" }, ...text.split(/\n{2,}/).map(block));
}

function block(text: string): HTMLElement {
  const fenced = FENCE.exec(text.trim());
  return fenced ? el("pre", {}, fenced[1]) : el("p", {}, ...inline(text));
}

function inline(text: string): Child[] {
  const parts: Child[] = [];
  let end = 0;
  for (const match of text.matchAll(MARKS)) {
    parts.push(text.slice(end, match.index));
    parts.push(match[1] === undefined ? el("strong", {}, match[2]) : el("code", {}, match[1]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}
