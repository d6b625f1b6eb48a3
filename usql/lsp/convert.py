"""Converting the results of the editor services to the types of the protocol."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from usql.editor.actions import Action
from usql.editor.completion import Completion, Kind
from usql.editor.folding import Fold
from usql.editor.hover import Hover, function_text
from usql.editor.inlay import Hint
from usql.editor.semantic import SemanticToken, TokenKind
from usql.editor.signature import Signature
from usql.editor.symbols import Symbol, SymbolKind
from usql.language.diagnostics import Diagnostic, Edit, Span
from usql.language.rules import RULES, Severity
from usql.lsp.positions import Positions

SOURCE = "usql"

LEGEND = types.SemanticTokensLegend(
    token_types=[kind.value for kind in TokenKind], token_modifiers=["declaration"]
)

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
}
_TAGS = {
    "deprecated-field": [types.DiagnosticTag.Deprecated],
    "order-without-effect": [types.DiagnosticTag.Unnecessary],
    "unused-ignore": [types.DiagnosticTag.Unnecessary],
}
_COMPLETIONS = {
    Kind.KEYWORD: types.CompletionItemKind.Keyword,
    Kind.OPERATOR: types.CompletionItemKind.Operator,
    Kind.FUNCTION: types.CompletionItemKind.Function,
    Kind.TABLE: types.CompletionItemKind.Class,
    Kind.FIELD: types.CompletionItemKind.Field,
    Kind.PROPERTY: types.CompletionItemKind.Property,
    Kind.VALUE: types.CompletionItemKind.EnumMember,
    Kind.VARIABLE: types.CompletionItemKind.Variable,
    Kind.ALIAS: types.CompletionItemKind.Reference,
}
_SYMBOLS = {
    SymbolKind.QUERY: types.SymbolKind.Function,
    SymbolKind.COLUMN: types.SymbolKind.Field,
    SymbolKind.STEP: types.SymbolKind.Event,
}


def markdown(text: str) -> types.MarkupContent:
    """Text in Markdown."""
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def diagnostic(problem: Diagnostic, positions: Positions) -> types.Diagnostic:
    """A diagnostic; the code and the name of its rule appear together, since people search for
    either."""
    return types.Diagnostic(
        range=positions.range(problem.span),
        message=problem.message,
        severity=_SEVERITIES[problem.severity],
        code=f"{problem.code} {problem.name}",
        code_description=types.CodeDescription(RULES[problem.name].page),
        source=SOURCE,
        tags=_TAGS.get(problem.name),
    )


def edits(changes: Iterable[Edit], positions: Positions) -> list[types.TextEdit]:
    """The edits of one text."""
    return [types.TextEdit(positions.range(edit.span), edit.text) for edit in changes]


def completion(
    offer: Completion, positions: Positions, takes_snippets: bool, suggest: types.Command | None
) -> types.CompletionItem:
    """An offer without its documentation, which editors request separately.

    If the cursor belongs inside the inserted text, the edit is a snippet, for editors that support
    them; if it belongs beyond, the edit reaches that far. ``suggest`` is the editor's command that
    shows the next offers, for offers after which something has to follow.
    """
    span, written = offer.edit.span, offer.edit.text
    beyond = max(0, offer.cursor - span.start - len(written))
    written += positions.text[span.end : span.end + beyond]
    span = Span(span.start, span.end + beyond)
    inside = offer.cursor - span.start
    is_snippet = takes_snippets and inside < len(written)
    if is_snippet:
        written = f"{_escaped(written[:inside])}$0{_escaped(written[inside:])}"
    goes_on = inside < len(written) or written.endswith((" ", "."))
    is_quoted = positions.text[span.start : span.start + 1] in ("'", '"') and span.end > span.start
    return types.CompletionItem(
        label=offer.label,
        kind=_COMPLETIONS[offer.kind],
        detail=offer.detail or None,
        sort_text=offer.sort_key,
        filter_text=offer.label if is_quoted else offer.label.strip("\"'"),
        text_edit=types.TextEdit(positions.range(span), written),
        insert_text_format=types.InsertTextFormat.Snippet if is_snippet else None,
        tags=[types.CompletionItemTag.Deprecated] if offer.is_deprecated else None,
        command=suggest if goes_on else None,
    )


def _escaped(text: str) -> str:
    """Text with the special characters of snippets escaped."""
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")


def hover(explanation: Hover, positions: Positions) -> types.Hover:
    """An explanation at the cursor."""
    return types.Hover(markdown(explanation.markdown), positions.range(explanation.span))


def signature(call: Signature) -> types.SignatureHelp:
    """A function's signature. Its text is ASCII, so offsets in it are the same in every
    encoding."""
    described = call.function.parameters
    parameters = [
        types.ParameterInformation(
            (place.start, place.end),
            markdown(described[min(number, len(described) - 1)].meaning),  # the last may repeat
        )
        for number, place in enumerate(call.parameters)
    ]
    beyond = len(call.parameters)  # no argument is marked
    active = beyond if call.active is None else call.active
    shown = types.SignatureInformation(
        call.label, markdown(function_text(call.function)), parameters, active
    )
    return types.SignatureHelp([shown], 0, active)


def semantic(tokens: Iterable[SemanticToken], positions: Positions) -> types.SemanticTokens:
    """Coloured words as five numbers each, relative to the word before; none crosses the end of a
    line."""
    kinds = {kind: number for number, kind in enumerate(TokenKind)}
    data: list[int] = []
    line = column = 0
    for token in tokens:
        for part in positions.lines(token.span):
            at = positions.position(part.start)
            moved = at.character - (column if at.line == line else 0)
            declared = int(token.is_declaration)
            data += (at.line - line, moved, positions.units(part), kinds[token.kind], declared)
            line, column = at.line, at.character
    return types.SemanticTokens(data=data)


def fold(region: Fold, positions: Positions) -> types.FoldingRange:
    """Lines that may be folded."""
    start, end = positions.position(region.span.start), positions.position(region.span.end)
    kind = types.FoldingRangeKind.Comment if region.is_comment else None
    return types.FoldingRange(start.line, end.line, start.character, end.character, kind)


def symbol(entry: Symbol, positions: Positions) -> types.DocumentSymbol:
    """An entry of the outline with its children."""
    return types.DocumentSymbol(
        name=entry.name,
        kind=_SYMBOLS[entry.kind],
        range=positions.range(entry.span),
        selection_range=positions.range(entry.selection),
        detail=entry.detail or None,
        children=[symbol(child, positions) for child in entry.children],
    )


def action(offer: Action, uri: str, positions: Positions) -> types.CodeAction:
    """A code action on one document."""
    fix_all = types.CodeActionKind.SourceFixAll
    return types.CodeAction(
        title=offer.title,
        kind=fix_all if offer.is_fix_all else types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(d, positions) for d in offer.diagnostics] or None,
        is_preferred=offer.is_preferred or None,
        edit=types.WorkspaceEdit(changes={uri: edits(offer.edits, positions)}),
    )


def hint(inlay: Hint, positions: Positions) -> types.InlayHint:
    """A text that is shown without being part of the document, until it is double-clicked."""
    return types.InlayHint(
        position=positions.position(inlay.offset),
        label=inlay.label,
        text_edits=edits([inlay.edit], positions),
        tooltip=inlay.tooltip,
        padding_left=True,
    )
