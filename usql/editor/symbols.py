"""Document symbols: the outline of a text, a query an entry, its columns below it."""

from __future__ import annotations

from enum import Enum

from usql.editor.ranges import queries
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.diagnostics import Span
from usql.language.formatter import expression_text


class SymbolKind(Enum):
    """What an entry of the outline is."""

    QUERY = "query"
    COLUMN = "column"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class Symbol:
    """An entry: its ``name`` and ``detail``, all its characters, those to jump to, and the entries
    below it."""

    name: str
    detail: str
    kind: SymbolKind
    span: Span
    selection: Span
    children: tuple[Symbol, ...] = ()


_LONGEST = 60


def symbols(text: str) -> list[Symbol]:
    """The outline of a text; a query that cannot be read has no columns.

    >>> [(q.name, [c.name for c in q.children]) for q in symbols("SELECT city AS c FROM useraction")]
    [('city AS c', ['c'])]
    """
    outline = []
    for parsed in queries(text):
        query = parsed.query
        if query is None or not query.items:
            continue
        first, last = query.items[0].span, query.items[-1].span
        children = tuple(child for item in query.items for child in _columns(item))
        shown = " ".join(text[first.start : last.end].split())
        outline.append(
            Symbol(
                shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…",
                query.table.name,
                SymbolKind.QUERY,
                parsed.span,
                Span(first.start, last.end),
                children,
            )
        )
    return outline


def _columns(item: s.Item) -> list[Symbol]:
    node = item.expression
    if isinstance(node, s.Funnel):
        return [_symbol(x, x.alias, x.condition, SymbolKind.STEP) for x in node.steps]
    return [_symbol(item, item.alias, node, SymbolKind.COLUMN)]


def _symbol(
    whole: s.Node,
    alias: s.Alias | None,
    node: s.Expression | s.Condition | s.Star | s.Json,
    kind: SymbolKind,
) -> Symbol:
    text = expression_text(node)
    if alias is None or not alias.text.strip():
        return Symbol(text or "…", "", kind, whole.span, node.span)
    return Symbol(alias.text, text, kind, whole.span, node.span)
