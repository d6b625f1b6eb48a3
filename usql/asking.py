"""What a question is before there is data: its text, its options, and whether it is refused in any
case."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from usql import checks
from usql.analysis import Analysis, BoundQuery, Clock, Profile, Timeframe, analyze, profile_named
from usql.analysis.scope import hyphenated
from usql.catalog import PRIMARY, Catalog, Origin, default_catalog
from usql.clock import Instant, clock_over, times_of
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Span, UsqlError
from usql.language.holes import fill
from usql.language.parser import Parsed, parse
from usql.language.rules import Severity

if TYPE_CHECKING:
    from usql.engine import Event


Read = Callable[[str, tuple[Span, ...] | None], Parsed]
"""What reads a text with these placeholders, as :func:`parse` does."""


def reading_once() -> Read:
    """Reads the text of one question, which is judged before there is data, while there is more of
    it, and when it is asked: once for all of them."""
    return functools.lru_cache(1)(parse)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOptions:
    """The options of :meth:`usql.Sessions.query`, which tells their meaning. ``ValueError`` that
    names the option and its value for a wrong one."""

    start: Instant | None = None
    end: Instant | None = None
    now: Instant | None = None
    utc_offset: int = 0
    profile: str = "dynatrace"
    parameters: Mapping[str, str] | None = None
    timeout: float | None = None
    cancelled: Event | None = None

    def __post_init__(self) -> None:
        for option in ("start", "end", "now"):
            object.__setattr__(self, option, checks.instant(option, getattr(self, option)))
        checks.texts("parameters", self.parameters)
        object.__setattr__(self, "utc_offset", checks.utc_offset(self.utc_offset))
        checks.event("cancelled", self.cancelled)
        object.__setattr__(self, "timeout", checks.seconds("timeout", self.timeout))


class Asked(NamedTuple):
    """A text with its placeholders filled in, ``holes`` those that it had, and what it is asked
    with: profile, timeframe and times."""

    text: str
    holes: tuple[Span, ...] | None
    rules: Profile
    frame: Timeframe
    clock: Clock


def asked(text: str, options: QueryOptions, span: tuple[int, int]) -> Asked:
    """The question over data that covers ``span``. ``ValueError`` for a wrong option, ``TypeError``
    for a text that is none. The clock's ``$NOW`` is 0 where the text does not ask for it."""
    text = checks.query_text(text)
    rules = profile_named(options.profile)
    offset = options.utc_offset
    frame, now = times_of(span, options.start, options.end, options.now, offset)
    holes: tuple[Span, ...] | None = None
    if options.parameters:
        filled = fill(text, options.parameters)
        text, holes = filled.text, filled.holes
    if "$now" not in text.lower():
        now = 0
    return Asked(text, holes, rules, frame, clock_over(span, frame, now, offset))


def runnable(text: str, analysis: Analysis) -> BoundQuery:
    """The meaning of a query; :class:`UsqlError` where it cannot run. A placeholder without a
    value is no error of the text, but nothing can run with it."""
    missing = _placeholders(analysis.diagnostics)
    if analysis.bound is None or missing:
        others = [d for d in analysis.diagnostics if d.name != "placeholder"]
        raise UsqlError(text, [*others, *missing])
    return analysis.bound


def _placeholders(diagnostics: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    return [replace(d, severity=Severity.ERROR) for d in diagnostics if d.name == "placeholder"]


# --- before there is data -------------------------------------------------------------------------


def refuse_early(text: str, options: QueryOptions, source: Any = None, read: Read = parse) -> None:
    """Raise :class:`UsqlError` for a query that is sure to be refused, after a look at no more of a
    source than its names. What is not refused here is judged again with the data. Without a source
    only what no data can change is refused. Other errors are those of :func:`asked`."""
    doubt = before_data(text, options, read)
    if doubt is None or source is None:
        return
    from usql.store.names import lacks

    if doubt.names is not None and lacks(source, doubt.names):
        raise doubt.error
    if doubt.certain is not None:
        raise doubt.certain


class Doubt(NamedTuple):
    """A query that is refused with ``error`` where the data has no field of the ``names``; ``None``
    for names that nobody can list. It is refused with ``certain`` in any case: for errors of syntax
    and placeholders without values, which no data can change."""

    error: UsqlError
    names: frozenset[str] | None
    certain: UsqlError | None


def before_data(text: str, options: QueryOptions, read: Read = parse) -> Doubt | None:
    """What is to be feared of a query before there is data; ``None`` if nothing is.
    :class:`UsqlError` for what is refused in these words whatever the data holds. Other errors are
    those of :func:`asked`."""
    question = asked(text, options, (0, 0))
    catalog = default_catalog()
    parsed = read(question.text, question.holes)
    analysis = analyze(parsed, catalog, question.rules, question.clock, question.frame)
    try:
        runnable(question.text, analysis)
        return None
    except UsqlError as refused:
        error = refused
    names = _open_names(parsed, options, catalog)
    if names is not None and not names:
        raise error
    certain = [d for d in parsed.diagnostics if d.is_error] + _placeholders(parsed.diagnostics)
    return Doubt(error, names, UsqlError(question.text, certain) if certain else None)


def _open_names(parsed: Parsed, options: QueryOptions, catalog: Catalog) -> frozenset[str] | None:
    """The names in a query whose meaning data can change; ``None`` where more than names counts:
    the columns of a ``*`` beside one of them, and the times of the data."""
    if parsed.query is None:
        return frozenset()
    table = catalog.get(parsed.query.table.name)
    if table is None:
        return frozenset()
    if "data-end" in (options.start, options.end, options.now):
        return None
    names: set[str] = set()
    is_wide = False
    for node in s.walk(parsed.query):
        match node:
            case s.Variable(name=name) if name != "NOW":
                return None
            case s.Json():
                is_wide = True
            case s.Star() if any(item.expression is node for item in parsed.query.items):
                is_wide = True
            case s.Arithmetic() if (words := hyphenated(node)) is not None:
                names.add(words[1])
            case s.Field() if not parsed.holes.within(node.span):  # else it is not judged
                names |= _open(node, table.name, catalog)
    names.discard("")  # where a word is missing
    return None if is_wide and names else frozenset(names)


def _open(node: s.Field, queried: str, catalog: Catalog) -> set[str]:
    """The name, unless data cannot change what it means."""
    owner = catalog.get(queried if node.table is None else node.table)
    if owner is None:
        return set()
    found = owner.get(node.name)
    is_child = owner.name == PRIMARY and node.name.lower() in {n.lower() for n in owner.children}
    if found is None and (owner.refusal(node.name) or (is_child and node.table is not None)):
        return set()
    return set() if found is not None and found.origin is Origin.DOCUMENTED else {node.name}
