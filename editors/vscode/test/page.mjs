// Reads USQL; writes a page that shows it in the colours of VS Code's "Dark+".

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import textmate from "vscode-textmate";
import { load, readStdin } from "./grammar.mjs";

const require = createRequire(import.meta.url);
const theme = JSON.parse(await readFile(require.resolve("tm-themes/themes/dark-plus.json"), "utf8"));
const { "editor.background": background, "editor.foreground": foreground } = theme.colors;
const { registry, grammar } = await load({
  name: theme.name,
  settings: [{ settings: { background, foreground } }, ...theme.tokenColors],
});
const colours = registry.getColorMap();

// Where a token's colour stands in its 32 bits (vscode-textmate, encodedTokenAttributes).
const FOREGROUND = { mask: 0b111111111 << 15, offset: 15 };

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
let stack = textmate.INITIAL;
const lines = (await readStdin()).split("\n").map((line) => {
  const { tokens, ruleStack } = grammar.tokenizeLine2(line, stack);
  stack = ruleStack;
  let shown = "";
  for (let i = 0; i < tokens.length; i += 2) {
    const piece = line.slice(tokens[i], tokens[i + 2] ?? line.length);
    const colour = colours[(tokens[i + 1] & FOREGROUND.mask) >>> FOREGROUND.offset];
    shown += `<span style="color:${colour}">${escape(piece)}</span>`;
  }
  return shown;
});
console.log(
  `<meta charset="utf-8"><body style="margin:0;background:${background};color:${foreground}">` +
    `<pre style="margin:16px;font:15px/1.5 'DejaVu Sans Mono',monospace">${lines.join("\n")}</pre>`,
);
