/**
 * The editor's style. The editor lives in a shadow root, where CodeMirror adopts a constructed sheet:
 * the page's security policy allows no style elements. The page's custom properties reach into it.
 */

import { EditorView } from "@codemirror/view";

const KINDS: Readonly<Record<string, string>> = {
  keyword: "K",
  operator: "=",
  function: "ƒ",
  table: "T",
  field: "F",
  property: "P",
  value: "“",
  variable: "$",
  alias: "A",
};

const icons = Object.fromEntries(
  Object.entries(KINDS).map(([kind, letter]) => [
    `.cm-completionIcon-${kind}::after`,
    { content: `"${letter}" / ""` },
  ]),
);

export const look = EditorView.theme({
  "&": { backgroundColor: "var(--paper)", color: "var(--ink)", fontSize: "14px", maxHeight: "45vh" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: "6px 0" },
  ".cm-content, .cm-gutter": { minHeight: "7.5em" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--chosen)",
  },
  ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--quiet)", borderRight: "1px solid var(--line)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--sunken)" },
  ".cm-placeholder": { color: "var(--quiet)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--edge)",
  },
  ".cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--error-wash)" },
  ".tok-keyword": { color: "var(--code-keyword)", fontWeight: "600" },
  ".tok-function": { color: "var(--code-function)" },
  ".tok-class": { color: "var(--code-keyword)" },
  ".tok-property": { color: "var(--code-field)" },
  ".tok-variable": { color: "var(--code-field)", fontStyle: "italic" },
  ".tok-parameter, .tok-macro": { color: "var(--code-parameter)" },
  ".tok-string": { color: "var(--code-string)" },
  ".tok-number": { color: "var(--code-number)" },
  ".tok-comment": { color: "var(--code-comment)", fontStyle: "italic" },
  ".cm-lintRange": { backgroundImage: "none", textDecoration: "underline wavy", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { textDecorationColor: "var(--error)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--warning)" },
  ".cm-lintRange-info, .cm-lintRange-hint": { textDecorationColor: "var(--accent)" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    border: "1px solid var(--edge)",
    borderRadius: "var(--round)",
    boxShadow: "var(--shadow)",
    fontFamily: "var(--sans)",
    maxWidth: "min(32rem, 92vw)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px", lineHeight: "1.5" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--chosen) !important",
    color: "var(--ink) !important",
  },
  ".cm-completionIcon": { color: "var(--quiet)", opacity: "1", width: "1.4em" },
  ...icons,
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal", fontFamily: "var(--sans)", fontSize: "12px" },
  ".cm-completionInfo": { padding: "4px 10px", width: "min(24rem, 60vw)", maxWidth: "none" },
  "@media (max-width: 600px)": { ".cm-completionInfo": { display: "none" } }, // it would cover the list
  ".old .cm-completionLabel": { textDecoration: "line-through" },
  ".markdown, .call, .problem": { padding: "4px 10px" },
  ".cm-completionInfo .markdown": { padding: "0" },
  ".markdown p": { margin: "4px 0" },
  ".markdown pre, .markdown code, .call": { fontFamily: "var(--mono)", fontSize: "13px" },
  ".markdown pre": { margin: "4px 0", whiteSpace: "pre-wrap", color: "var(--code-keyword)" },
  ".call b": { color: "var(--accent)", textDecoration: "underline" },
  ".cm-diagnostic": { padding: "4px 10px", borderLeftWidth: "4px" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--error)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warning)" },
  ".cm-diagnostic-info, .cm-diagnostic-hint": { borderLeftColor: "var(--accent)" },
  ".cm-diagnosticAction": {
    font: "inherit",
    backgroundColor: "var(--accent)",
    color: "var(--on-accent)",
    borderRadius: "var(--round)",
    padding: "1px 8px",
    margin: "2px 6px 2px 0",
  },
});
