"""Rename: a name given with AS, and all places in the query that use it."""

from __future__ import annotations

from usql.analysis.grouping import alias_name
from usql.catalog import Catalog, default_catalog
from usql.editor.context import table_of
from usql.editor.hover import aliases_of
from usql.editor.ranges import query_at, statement_at, words
from usql.errors import RenameError
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.calls import has_metric
from usql.language.diagnostics import Edit, Span
from usql.language.formatter import alias_text, quote
from usql.language.tables import keywords


@dataclass(frozen=True, slots=True)
class Occurrences:
    """All places of an alias: ``definition`` is the name after AS, ``uses`` are the keys and order
    columns that refer to it. ``others`` are the query's other aliases."""

    name: str
    definition: Span
    uses: tuple[Span, ...]
    others: tuple[str, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The definition, then the uses."""
        return (self.definition, *self.uses)


def occurrences(text: str, offset: int, catalog: Catalog | None = None) -> Occurrences | None:
    """The alias at the offset with all its places; ``None`` for other words."""
    parsed = query_at(text, offset)
    if parsed is None or parsed.query is None:
        return None
    query = parsed.query
    aliases = [alias for alias, _ in aliases_of(query)]
    uses = _uses(query)
    touched = next((a.text for a in aliases if _touches(_name_span(text, a), offset)), None)
    if touched is None:
        touched = next((name for span, name in uses if _touches(span, offset)), None)
    if touched is None:
        return None
    known = catalog or default_catalog()
    table = table_of(statement_at(text, offset).tokens, known)
    meant = _meant(aliases, touched)
    if meant is None or parsed.holes.within(meant.span):
        return None  # uses of a name made by a placeholder cannot be known
    references = []
    for span, name in uses:
        is_field = table.get(name) is not None and _is_metric(query, meant)
        grouped = any(key.span == span for key in query.group_by)
        if _meant(aliases, name) is meant and not (grouped and is_field):
            references.append(span)
    places = (_name_span(text, meant), *references)
    if not any(_touches(span, offset) for span in places):
        return None
    others = tuple(a.text for a in aliases if a is not meant)
    return Occurrences(meant.text, places[0], places[1:], others)


def rename(text: str, offset: int, new: str, catalog: Catalog | None = None) -> list[Edit]:
    """The edits that rename the alias at an offset; the new name is quoted if necessary.

    Raises :class:`RenameError` if there is no alias at the offset, and for a name that is empty or
    taken.

    >>> rename("SELECT city AS c, COUNT(*) FROM usersession GROUP BY c", 15, "the city")
    ... # doctest: +NORMALIZE_WHITESPACE
    [Edit(span=Span(start=15, end=16), text='"the city"'),
     Edit(span=Span(start=53, end=54), text='"the city"')]
    """
    alias = occurrences(text, offset, catalog)
    if alias is None:
        raise RenameError("Only names given with AS can be renamed.")
    if not new.strip() or "\n" in new:
        raise RenameError("A name has at least one character and stands on one line.")
    if any(new.lower() == other.lower() for other in alias.others):
        raise RenameError(f"The query has another column of the name {new}.")
    use = quote(new) if new.upper() in keywords() else alias_text(new)
    edits = [Edit(alias.definition, alias_text(new))]
    return edits + [Edit(span, _as_before(text, span, new, use)) for span in alias.uses]


def _as_before(text: str, span: Span, new: str, use: str) -> str:
    """A name that was in square brackets stays in them."""
    return f"[{new}]" if text[span.start] == "[" and "]" not in new else use


def _uses(query: s.Query) -> list[tuple[Span, str]]:
    """The keys and order columns that may refer to an alias."""
    nodes = [*query.group_by, *(order.key for order in query.order_by)]
    return [(node.span, name) for node in nodes if (name := alias_name(node)) is not None]


def _meant(aliases: list[s.Alias], name: str) -> s.Alias | None:
    """The alias that a name refers to, by the rule of the analysis: an exact match first, then one
    that ignores case."""
    exact = (a for a in aliases if a.text == name)
    return next(exact, None) or next((a for a in aliases if a.text.lower() == name.lower()), None)


def _is_metric(query: s.Query, alias: s.Alias) -> bool:
    """Whether an alias names a metric; in GROUP BY a field with its name takes precedence."""
    return any(i.alias is alias and has_metric(i.expression) for i in query.items)


def _name_span(text: str, alias: s.Alias) -> Span:
    """The name without AS and the blanks and comments after it."""
    inside = [t for t in words(text)[0] if alias.span.start <= t.start < alias.span.end]
    return inside[-1].span


def _touches(span: Span, offset: int) -> bool:
    return span.start <= offset <= span.end
