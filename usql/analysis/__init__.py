"""From a syntax tree and a catalog to a bound query: all rules of the language and of the
profiles."""

from __future__ import annotations

from usql.analysis.binder import bind
from usql.analysis.bound import BoundQuery, Timeframe
from usql.analysis.profile import Clock, Profile, profile_named
from usql.analysis.scope import Scope
from usql.analysis.twins import corrected_together
from usql.analysis.vendor import check_answers, check_likes, check_text
from usql.catalog.model import Catalog
from usql.catalog.names import near
from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic, Span, diagnostic, replace
from usql.language.parser import Parsed, parse_script

__all__ = [
    "Analysis",
    "BoundQuery",
    "Clock",
    "Profile",
    "Timeframe",
    "analyze",
    "check",
    "profile_named",
]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a query means, or why it is refused.

    ``bound`` is ``None`` if ``diagnostics``, all problems in the order of the text, include an
    error or a placeholder. ``known`` is ``bound`` or, for a query with placeholders, the part of it
    that could be bound: rules may judge it, but it must never run. ``notes`` are sentences about
    what shaped the meaning.
    """

    bound: BoundQuery | None
    diagnostics: tuple[Diagnostic, ...]
    notes: tuple[str, ...] = ()
    known: BoundQuery | None = None


def analyze(
    parsed: Parsed,
    catalog: Catalog,
    rules: Profile,
    clock: Clock,
    timeframe: Timeframe = Timeframe(),
) -> Analysis:
    """Bind a parsed query. Never raises for what a query says."""
    query = parsed.query
    if query is None:
        return Analysis(None, parsed.diagnostics)
    table = catalog.get(query.table.name)
    if parsed.holes.within(query.table.span):
        return Analysis(None, parsed.diagnostics)
    if table is None:
        diagnostics = list(parsed.diagnostics)
        if query.table.name:
            names = near(query.table.name, [t.name for t in catalog], 2)
            span = query.table.span
            diagnostics.append(
                diagnostic(
                    "unknown-table",
                    f"There is no table `{query.table.name}`.",
                    span,
                    [replace(f"write {n}", span, n) for n in names],
                )
            )
        return Analysis(None, _ordered(diagnostics))
    scope = Scope(catalog, table, rules, clock, parsed.holes)
    end = parsed.text.find(";", parsed.span.end) if parsed.has_semicolon else -1
    check_text(scope, parsed.comments, Span(end, end + 1) if end >= 0 else None)
    scope.warn_of_table(table, query.table.span)
    check_likes(scope, query)
    bound = bind(scope, query, timeframe)
    if bound is not None:
        check_answers(scope, query, bound)
    diagnostics = [*parsed.diagnostics, *_unique(scope.diagnostics)]
    diagnostics = corrected_together(parsed.text, query, diagnostics)
    if any(d.is_error for d in diagnostics):
        bound = None
    whole = not parsed.holes and not scope.left_out
    notes = tuple(dict.fromkeys(scope.notes))
    return Analysis(bound if whole else None, _ordered(diagnostics), notes, bound)


def _unique(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics, each problem once per place, however often it was reported."""
    return list(dict.fromkeys(diagnostics))


def _ordered(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(diagnostics, key=lambda d: (d.span.start, not d.is_error)))


def check(text: str, catalog: Catalog, rules: Profile, clock: Clock) -> list[Diagnostic]:
    """All problems of all queries in a text, in order."""
    parsed = parse_script(text)
    diagnostics = [d for one in parsed for d in analyze(one, catalog, rules, clock).diagnostics]
    return sorted(diagnostics, key=lambda d: d.span)
