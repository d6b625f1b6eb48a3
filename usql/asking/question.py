"""A query before there is data: its text, its options, and whether it is rejected whatever the data
is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from usql import checks
from usql.analysis import Analysis, BoundQuery, Clock, Profile, Timeframe, analyze, profile_named
from usql.analysis.scope import hyphenated
from usql.asking.clock import Instant, clock_over, times_of
from usql.catalog import PRIMARY, Catalog, Origin, default_catalog
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Span, UsqlError
from usql.language.holes import fill
from usql.language.parser import Parsed, parse
from usql.language.rules import Severity

if TYPE_CHECKING:
    from usql.engine import Event


Read = Callable[[str, tuple[Span, ...] | None], Parsed]
"""A function that parses a text with placeholders, like :func:`parse`."""


def reading_once() -> Read:
    """A parser with a cache, for a query that is checked before the data is read, while it is being
    read, and when it runs."""
    return functools.lru_cache(1)(parse)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOptions:
    """The options of :meth:`usql.Sessions.query`, which explains them. ``ValueError``, naming the
    option and its value, for an invalid one."""

    start: Instant | None = None
    end: Instant | None = None
    now: Instant | None = None
    utc_offset: int = 0
    profile: str = "dynatrace"
    parameters: Mapping[str, str] | None = None
    timeout: float | None = None
    cancelled: Event | None = None

    def __post_init__(self) -> None:
        for option, at in (("start", self.start), ("end", self.end), ("now", self.now)):
            if at is not None:
                object.__setattr__(self, option, checks.instant(option, at))
        checks.texts("parameters", self.parameters)
        object.__setattr__(self, "utc_offset", checks.utc_offset(self.utc_offset))
        checks.event("cancelled", self.cancelled)
        object.__setattr__(self, "timeout", checks.seconds("timeout", self.timeout))


class Question(NamedTuple):
    """A text with its placeholders filled in, ``holes`` being their places, and its options:
    profile, timeframe and times."""

    text: str
    holes: tuple[Span, ...] | None
    rules: Profile
    frame: Timeframe
    clock: Clock


def is_about_span(text: str, options: QueryOptions) -> bool:
    """Whether what is asked depends on which time the data covers."""
    times = (options.start, options.end, options.now)
    if times != (None, None, None) and any("data-end" in str(time).lower() for time in times):
        return True
    filled = fill(text, options.parameters).text if options.parameters else text
    return "$time_frame" in filled.lower()


def question_of(text: str, options: QueryOptions, span: tuple[int, int]) -> Question:
    """The query over data that covers ``span``. ``ValueError`` for an invalid option, ``TypeError``
    if the text is not a string. The clock's ``$NOW`` is 0 if the text does not use it."""
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
    return Question(text, holes, rules, frame, clock_over(span, frame, now, offset))


def runnable(text: str, analysis: Analysis) -> BoundQuery:
    """The bound query; :class:`UsqlError` if it cannot run. A placeholder without a value is not an
    error of the text, but it prevents a run."""
    missing = _placeholders(analysis.diagnostics)
    if analysis.bound is None or missing:
        others = [d for d in analysis.diagnostics if d.name != "placeholder"]
        raise UsqlError(text, [*others, *missing])
    return analysis.bound


def _placeholders(diagnostics: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    return [replace(d, severity=Severity.ERROR) for d in diagnostics if d.name == "placeholder"]


# --- before the data is read -------------------------------------------------------------------------


def refuse_early(text: str, options: QueryOptions, source: Any = None, read: Read = parse) -> None:
    """Raise :class:`UsqlError` for a query that is certain to be rejected, after looking at no more
    of a source than its names. A query that passes is checked again with the data. Without a
    source, only queries that fail for any data are rejected. Other errors are those of
    :func:`question_of`."""
    doubt = before_data(text, options, read)
    if doubt is None or source is None:
        return
    from usql.store.names import lacks

    if doubt.names is not None and lacks(source, doubt.names):
        raise doubt.error
    if doubt.certain is not None:
        raise doubt.certain


class Doubt(NamedTuple):
    """A query that is rejected with ``error`` unless the data has a field with one of the
    ``names``, which are ``None`` if they cannot be listed. ``certain`` is the error that is raised
    in any case, for syntax errors and placeholders without values, which no data can change."""

    error: UsqlError
    names: frozenset[str] | None
    certain: UsqlError | None


def before_data(text: str, options: QueryOptions, read: Read = parse) -> Doubt | None:
    """The errors that a query may have, depending on the data; ``None`` if there are none. Raises
    :class:`UsqlError` if the query is rejected with the same errors whatever the data is. Other
    errors are those of :func:`question_of`."""
    question = question_of(text, options, (0, 0))
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
    """The names in a query whose meaning the data can change; ``None`` if it depends on more than
    names: on the columns of a ``*`` beside such a name, or on the times of the data."""
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
            case s.Field() if not parsed.holes.within(node.span):  # otherwise it is not checked
                names |= _open(node, table.name, catalog)
    names.discard("")  # where a word is missing
    return None if is_wide and names else frozenset(names)


def _open(node: s.Field, queried: str, catalog: Catalog) -> set[str]:
    """The name, unless no data can change its meaning."""
    owner = catalog.get(queried if node.table is None else node.table)
    if owner is None:
        return set()
    field = owner.get(node.name)
    is_child = owner.name == PRIMARY and node.name.lower() in {n.lower() for n in owner.children}
    if field is None and (owner.refusal(node.name) or (is_child and node.table is not None)):
        return set()
    return set() if field is not None and field.origin is Origin.DOCUMENTED else {node.name}
