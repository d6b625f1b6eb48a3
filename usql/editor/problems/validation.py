"""Validation of a text while it is typed: errors, warnings, and the rules of the editor."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable
from operator import attrgetter

from usql.analysis import Clock, analyze, profile_named
from usql.analysis.profile import Profile
from usql.analysis.twins import corrected_together
from usql.catalog import Catalog, default_catalog
from usql.catalog.names import near
from usql.editor import rules as lint
from usql.editor.problems.cascades import first_causes
from usql.editor.problems.suppressions import rule_named, silence, suppressions, without_directives
from usql.editor.problems.trusted import trusted
from usql.editor.ranges import queries, words
from usql.editor.rules.registry import checks
from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic
from usql.language.parser import Parsed
from usql.language.rules import RULES, Severity

_TEXT = "USQL1"
"""The first letters of the codes of a text's own errors; they are always reported."""


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """The names of the rules that are reported. Syntax errors always are."""

    names: frozenset[str]

    @staticmethod
    def of(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> RuleSelection:
        """The rules with these names, codes or beginnings of codes (``USQL6``), without those to
        ignore; all if ``select`` is not given. ``ValueError`` for a word that names no rule."""
        chosen = {n for word in select for n in _rule_names(word)} or set(RULES)
        return RuleSelection(frozenset(chosen - {n for word in ignore for n in _rule_names(word)}))

    def __contains__(self, problem: Diagnostic) -> bool:
        return problem.name in self.names or problem.code.startswith(_TEXT)


def _rule_names(word: str) -> set[str]:
    rule = rule_named(word)
    if rule is not None:
        return {rule.name}
    by_prefix = {r.name for r in RULES.values() if r.code.startswith(word.upper())}
    if not by_prefix or not word.upper().startswith("USQL"):
        names = near(word, list(RULES))
        hint = f"; did you mean {' or '.join(names)}?" if names else ""
        raise ValueError(f"there is no rule {word!r}{hint}")
    return by_prefix


ALL = RuleSelection(frozenset(RULES))
"""Every rule."""


def validate(
    text: str,
    *,
    catalog: Catalog | None = None,
    profile: str = "dynatrace",
    rules: RuleSelection = ALL,
    clock: Clock | None = None,
) -> list[Diagnostic]:
    """All problems of all queries of a text, in order, with their corrections.

    This is everything that ``usql.check`` finds, and the rules of ``usql.editor.rules``, suitable
    for a text that is being typed: of several problems caused by one mistake only the first is
    reported. Never raises for the content of the text; ``ValueError`` for an unknown profile.

    ``catalog`` has the fields and property keys of the loaded data; ``clock`` gives the values of
    the time variables, by default for the last two hours.

    >>> [d.name for d in validate('SELECT city FROM usersession WHERE city LIKE "Linz"')]
    ['like-without-wildcard']
    """
    known = default_catalog() if catalog is None else catalog
    limits = profile_named(profile)
    if clock is None:
        now = time.time_ns() // 1_000_000
        clock = Clock(now, now - 7_200_000, now)
    diagnostics: list[Diagnostic] = []
    for parsed in queries(text):
        diagnostics += judge(parsed, known, limits, clock, rules)
    return sorted(
        diagnostics, key=lambda d: (d.span.start, d.severity is not Severity.ERROR, d.span.end)
    )


def judge(
    parsed: Parsed,
    catalog: Catalog,
    profile: Profile,
    clock: Clock,
    rules: RuleSelection = ALL,
    values: lint.DataValues | None = None,
) -> list[Diagnostic]:
    """The problems of one query, in no particular order; see :func:`validate`. ``values`` gives the
    values of loaded data."""
    query = without_directives(parsed)
    analysis = analyze(query, catalog, profile, clock)
    diagnostics = list(analysis.diagnostics)
    if any(d.is_error for d in diagnostics):  # the missing key may be the wrong one
        diagnostics = [d for d in diagnostics if d.name != "ungrouped-field"]
    is_read = not any(d.is_error for d in query.diagnostics)
    table = None if query.query is None else catalog.get(query.query.table.name)
    if is_read and query.query is not None and table is not None:
        subject = lint.Subject(
            query.text,
            query.query,
            query.comments,
            analysis.known,
            catalog,
            table,
            profile,
            clock,
            query.holes,
            values,
        )
        more = [d for check in checks() for d in check(subject)]
        diagnostics = _sharpened(diagnostics, corrected_together(query.text, query.query, more))
        diagnostics = trusted(subject, diagnostics, query.span)
    elif not is_read:
        tokens, _ = words(query.text)
        place = attrgetter("start")
        first = bisect_left(tokens, query.span.start, key=place)
        end = bisect_left(tokens, query.span.end, first, key=place)
        diagnostics = first_causes(diagnostics, tokens[first:end])
    diagnostics = [d for d in diagnostics if d in rules]
    directives = suppressions(query.text, parsed)
    if not directives:
        return diagnostics
    return silence(diagnostics, directives, rules.names if is_read else ())


def _sharpened(diagnostics: list[Diagnostic], more: list[Diagnostic]) -> list[Diagnostic]:
    """Both together, except that a warning replaces information about exactly the same words."""
    warned = {d.span for d in more if d.severity is Severity.WARNING}
    remaining = [
        d for d in diagnostics if d.severity is not Severity.INFORMATION or d.span not in warned
    ]
    return remaining + more
