"""Inlay hints: implicit parts of a query."""

from __future__ import annotations

from usql.analysis import profile_named
from usql.editor.ranges import queries
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.calls import has_metric
from usql.language.diagnostics import Edit, Span


@dataclass(frozen=True, slots=True)
class Hint:
    """A text that an editor shows at an offset although it is not written there; ``edit`` writes
    it."""

    offset: int
    label: str
    tooltip: str
    edit: Edit


def hints(text: str, profile: str = "dynatrace", span: Span | None = None) -> list[Hint]:
    """The default limit after each query that touches ``span`` and may have more rows than it
    (LANGUAGE.md §10); none in a profile without a default limit.

    >>> [(h.offset, h.label) for h in hints("SELECT city FROM usersession")]
    [(28, 'LIMIT 50')]
    """
    default = profile_named(profile).default_limit
    if default is None:
        return []
    inlays = []
    for parsed in queries(text):
        query = parsed.query
        touched = span is None or (span.start <= parsed.span.end and parsed.span.start <= span.end)
        broken = any(d.is_error for d in parsed.diagnostics)
        if query is None or broken or not touched or query.limit is not None or _is_single(query):
            continue
        end = parsed.span.end
        label = f"LIMIT {default}"
        tooltip = f"Without LIMIT a query shows at most {default} rows."
        inlays.append(Hint(end, label, tooltip, Edit(Span(end, end), f" {label}")))
    return inlays


def _is_single(query: s.Query) -> bool:
    """Whether the query has one row whatever the data: a funnel, or metrics without a key."""
    if any(isinstance(item.expression, s.Funnel) for item in query.items):
        return True
    return not query.group_by and all(has_metric(item.expression) for item in query.items)
