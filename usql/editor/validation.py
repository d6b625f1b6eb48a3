"""All that can be said of a text while it is typed: errors, warnings, and rules beyond them."""

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
from usql.editor.cascades import first_causes
from usql.editor.ranges import queries, words
from usql.editor.rules.registry import checks
from usql.editor.suppressions import rule_named, silence, suppressions, without_directives
from usql.editor.trusted import trusted
from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic
from usql.language.parser import Parsed
from usql.language.rules import RULES, Severity

_TEXT = "USQL1"
"""The first letters of the codes of a text's own errors; they are always reported."""


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """Which rules are reported, by name. Errors of the text itself always are."""

    names: frozenset[str]

    @staticmethod
    def of(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> RuleSelection:
        """The rules of these names, codes or beginnings of codes (``USQL6``), without those to
        ignore; without ``select`` all. ``ValueError`` for a word that means no rule."""
        chosen = {n for word in select for n in _named(word)} or set(RULES)
        return RuleSelection(frozenset(chosen - {n for word in ignore for n in _named(word)}))

    def __contains__(self, problem: Diagnostic) -> bool:
        return problem.name in self.names or problem.code.startswith(_TEXT)


def _named(word: str) -> set[str]:
    rule = rule_named(word)
    if rule is not None:
        return {rule.name}
    found = {r.name for r in RULES.values() if r.code.startswith(word.upper())}
    if not found or not word.upper().startswith("USQL"):
        names = near(word, list(RULES))
        hint = f"; did you mean {' or '.join(names)}?" if names else ""
        raise ValueError(f"there is no rule {word!r}{hint}")
    return found


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
    """All problems of all queries of a text, in its order, with their corrections.

    Everything that ``usql.check`` finds and the rules of ``usql.editor.rules``, fit for a text
    that is being typed: of what follows from one slip only the slip is reported. Never raises for
    what a text says; ``ValueError`` for a profile that does not exist.

    ``catalog`` knows the fields and property keys of loaded data; ``clock`` is the meaning of the
    time variables, by default the last two hours.

    >>> [d.name for d in validate('SELECT city FROM usersession WHERE city LIKE "Linz"')]
    ['like-without-wildcard']
    """
    known = default_catalog() if catalog is None else catalog
    limits = profile_named(profile)
    if clock is None:
        now = time.time_ns() // 1_000_000
        clock = Clock(now, now - 7_200_000, now)
    found: list[Diagnostic] = []
    for parsed in queries(text):
        found += judge(parsed, known, limits, clock, rules)
    return sorted(found, key=lambda d: (d.span.start, d.severity is not Severity.ERROR, d.span.end))


def judge(
    parsed: Parsed,
    catalog: Catalog,
    profile: Profile,
    clock: Clock,
    rules: RuleSelection = ALL,
    values: lint.DataValues | None = None,
) -> list[Diagnostic]:
    """The problems of one query, in no order; see :func:`validate`. ``values`` knows loaded data."""
    query = without_directives(parsed)
    analysis = analyze(query, catalog, profile, clock)
    found = list(analysis.diagnostics)
    if any(d.is_error for d in found):  # the key that is missed may be the one that is wrong
        found = [d for d in found if d.name != "ungrouped-field"]
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
        found = _sharpened(found, corrected_together(query.text, query.query, more))
        found = trusted(subject, found, query.span)
    elif not is_read:
        tokens, _ = words(query.text)
        place = attrgetter("start")
        first = bisect_left(tokens, query.span.start, key=place)
        end = bisect_left(tokens, query.span.end, first, key=place)
        found = first_causes(found, tokens[first:end])
    found = [d for d in found if d in rules]
    given = suppressions(query.text, parsed)
    return silence(found, given, rules.names if is_read else ()) if given else found


def _sharpened(found: list[Diagnostic], more: list[Diagnostic]) -> list[Diagnostic]:
    """Both together; a warning takes the place of an information about the very same words."""
    warned = {d.span for d in more if d.severity is Severity.WARNING}
    kept = [d for d in found if d.severity is not Severity.INFORMATION or d.span not in warned]
    return kept + more
