"""What the editor services give, in the words of the protocol."""

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
    """Text that an editor lays out."""
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def diagnostic(found: Diagnostic, positions: Positions) -> types.Diagnostic:
    """A problem; its rule's code and name stand together, as people search for either."""
    return types.Diagnostic(
        range=positions.range(found.span),
        message=found.message,
        severity=_SEVERITIES[found.severity],
        code=f"{found.code} {found.name}",
        code_description=types.CodeDescription(RULES[found.name].page),
        source=SOURCE,
        tags=_TAGS.get(found.name),
    )


def edits(made: Iterable[Edit], positions: Positions) -> list[types.TextEdit]:
    """Edits of one text."""
    return [types.TextEdit(positions.range(edit.span), edit.text) for edit in made]


def completion(
    offer: Completion, positions: Positions, takes_snippets: bool, suggest: types.Command | None
) -> types.CompletionItem:
    """An offer without its documentation, which is asked for when it is looked at.

    Where the cursor has to go inside of what is written, that is a snippet, for editors that take
    them; where it has to go beyond, the edit reaches as far. ``suggest`` is the editor's command
    that shows the next offers, for those behind which something has to follow.
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
    """Text in which a snippet finds nothing to fill in."""
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")


def hover(found: Hover, positions: Positions) -> types.Hover:
    """An explanation."""
    return types.Hover(markdown(found.markdown), positions.range(found.span))


def signature(found: Signature) -> types.SignatureHelp:
    """A function's signature. The offsets in it are of ASCII text: the same in every encoding."""
    described = found.function.parameters
    parameters = [
        types.ParameterInformation(
            (place.start, place.end),
            markdown(described[min(number, len(described) - 1)].meaning),  # the last may repeat
        )
        for number, place in enumerate(found.parameters)
    ]
    beyond = len(found.parameters)  # no argument is marked
    active = beyond if found.active is None else found.active
    shown = types.SignatureInformation(
        found.label, markdown(function_text(found.function)), parameters, active
    )
    return types.SignatureHelp([shown], 0, active)


def semantic(found: Iterable[SemanticToken], positions: Positions) -> types.SemanticTokens:
    """Coloured words as five numbers each, relative to the one before, none over a line's end."""
    kinds = {kind: number for number, kind in enumerate(TokenKind)}
    data: list[int] = []
    line = column = 0
    for token in found:
        for part in positions.lines(token.span):
            at = positions.position(part.start)
            moved = at.character - (column if at.line == line else 0)
            declared = int(token.is_declaration)
            data += (at.line - line, moved, positions.units(part), kinds[token.kind], declared)
            line, column = at.line, at.character
    return types.SemanticTokens(data=data)


def fold(found: Fold, positions: Positions) -> types.FoldingRange:
    """Lines that may be folded."""
    start, end = positions.position(found.span.start), positions.position(found.span.end)
    kind = types.FoldingRangeKind.Comment if found.is_comment else None
    return types.FoldingRange(start.line, end.line, start.character, end.character, kind)


def symbol(found: Symbol, positions: Positions) -> types.DocumentSymbol:
    """An entry of the outline with those below it."""
    return types.DocumentSymbol(
        name=found.name,
        kind=_SYMBOLS[found.kind],
        range=positions.range(found.span),
        selection_range=positions.range(found.selection),
        detail=found.detail or None,
        children=[symbol(child, positions) for child in found.children],
    )


def action(found: Action, uri: str, positions: Positions) -> types.CodeAction:
    """Something to do to one document."""
    fix_all = types.CodeActionKind.SourceFixAll
    return types.CodeAction(
        title=found.title,
        kind=fix_all if found.is_fix_all else types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(d, positions) for d in found.diagnostics] or None,
        is_preferred=found.is_preferred or None,
        edit=types.WorkspaceEdit(changes={uri: edits(found.edits, positions)}),
    )


def hint(found: Hint, positions: Positions) -> types.InlayHint:
    """A text that is shown and not there, until it is double-clicked."""
    return types.InlayHint(
        position=positions.position(found.offset),
        label=found.label,
        text_edits=edits([found.edit], positions),
        tooltip=found.tooltip,
        padding_left=True,
    )
