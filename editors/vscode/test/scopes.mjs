// Reads a JSON list of texts; writes for each the list of [piece, scope], blanks left out.

import textmate from "vscode-textmate";
import { load, readStdin } from "./grammar.mjs";

const { grammar } = await load();
const found = JSON.parse(await readStdin()).map((text) => {
  let stack = textmate.INITIAL;
  const pieces = [];
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const token of tokens) {
      const piece = line.slice(token.startIndex, token.endIndex);
      if (piece.trim()) {
        pieces.push([piece, token.scopes.at(-1)]);
      }
    }
  }
  return pieces;
});
console.log(JSON.stringify(found));
