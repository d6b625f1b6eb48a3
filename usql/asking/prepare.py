"""From a query's text and options to a plan that is ready to run, and the cache of such plans.

Everything that can be decided without the rows is decided here, once per text and options. Results
are never cached.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import field

from usql import checks
from usql.analysis import BoundQuery, Clock, Profile, analyze
from usql.analysis.bound import (
    Calculation,
    Column,
    DatePart,
    DateText,
    Expression,
    FieldRef,
    FunnelQuery,
    GroupQuery,
    Key,
    KeyRef,
    Metric,
    OrderBy,
    Rounded,
    type_of,
)
from usql.asking.question import QueryOptions, Question, Read, is_about_span, question_of, runnable
from usql.catalog import Catalog, FieldType
from usql.editor.problems.validation import judge
from usql.frozen import dataclass
from usql.language.declarations import Result
from usql.language.diagnostics import Diagnostic
from usql.language.functions import aggregate
from usql.language.parser import Parsed, parse
from usql.planner import Prepared, prepare
from usql.result import ColumnRole, ResultColumn, TimeOrder
from usql.result.periods import Part, Periods, Text
from usql.store.known import Known

CACHED_QUERIES = 256
"""Texts whose trees, and texts with options whose plans, are kept: the last ones used."""

LONGEST_CACHED = 20_000
"""Characters of a text; longer ones are read each time, so that what is kept has a bound."""


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A query that is ready to run: ``parsed`` is its text with placeholders replaced, ``prepared``
    its plan. ``columns`` describe the result, ``notes`` are sentences about what affects its
    meaning; ``rules`` and ``clock`` are the profile and the times that it was bound with."""

    parsed: Parsed
    prepared: Prepared
    columns: tuple[ResultColumn, ...]
    notes: tuple[str, ...]
    rules: Profile
    clock: Clock
    bound: BoundQuery = field(init=False)
    """What the query means."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "bound", self.prepared.bound)


class Preparer:
    """Prepares queries against one catalog; may be called from any number of threads.

    ``span`` returns the time that the data covers (``Store.span``); only queries that depend on it
    call it. Trees are cached by text, plans by text and options. A query that reads ``$NOW`` means
    something else each time, so its tree is cached, but not its plan. Errors are never cached.
    """

    def __init__(
        self, catalog: Catalog, span: Callable[[], tuple[int, int]], read: Read = parse
    ) -> None:
        self._catalog = catalog
        self._span = span
        self._read = read
        self._trees = functools.lru_cache(CACHED_QUERIES)(read)
        self._plans = functools.lru_cache(CACHED_QUERIES)(self._prepare)

    def __call__(self, text: str, options: QueryOptions) -> PreparedQuery:
        """Prepare a query; raises the errors of :meth:`usql.Sessions.query`."""
        text = checks.query_text(text)
        span = self._span() if is_about_span(text, options) else (0, 0)
        question = question_of(text, options, span)
        is_short = len(question.text) <= LONGEST_CACHED
        if is_short and not question.clock.now:  # which is 0 if the text does not read it
            return self._plans(question)
        return self._prepare(question)

    @property
    def plans(self) -> functools._CacheInfo:
        """Hits, misses and size of the cache of plans."""
        return self._plans.cache_info()

    def _prepare(self, question: Question) -> PreparedQuery:
        text, holes, rules, frame, clock = question
        parsed = (self._trees if len(text) <= LONGEST_CACHED else self._read)(text, holes)
        analysis = analyze(parsed, self._catalog, rules, clock, frame)
        bound = runnable(text, analysis)
        return PreparedQuery(
            parsed,
            prepare(bound, clock.utc_offset),
            _columns(bound, self._catalog),
            analysis.notes,
            rules,
            clock,
        )


def problems(query: PreparedQuery, known: Known) -> tuple[Diagnostic, ...]:
    """The warnings and information about a query that can run, in the order of its text."""
    diagnostics = judge(query.parsed, known.catalog, query.rules, query.clock, values=known)
    return tuple(sorted((d for d in diagnostics if not d.is_error), key=lambda d: d.span))


def _columns(bound: BoundQuery, catalog: Catalog) -> tuple[ResultColumn, ...]:
    if isinstance(bound, FunnelQuery):
        return tuple(ResultColumn(step.name, ColumnRole.LEAF, False) for step in bound.steps)
    keys = bound.keys if isinstance(bound, GroupQuery) else ()

    def described(column: Column) -> ResultColumn:
        is_key = isinstance(column.expression, KeyRef)
        moment = _is_time(column.expression, keys)
        role = ColumnRole.KEY if is_key else ColumnRole.LEAF
        order = time_order if column.expression == period else None
        periods = _periods(column.expression, keys)
        is_mean = _is_mean_time(column.expression)
        return ResultColumn(
            column.name,
            role,
            moment,
            order,
            periods,
            is_mean,
            column.is_of_star,
            _unit(column.expression, keys, catalog),
            _is_additive(column.expression),
        )

    period, time_order = _period(bound)
    return tuple(described(c) for c in bound.columns)


def _is_time(node: Expression, keys: tuple[Key, ...]) -> bool:
    """Whether its values are timestamps, or pairs with timestamps."""
    match node:
        case FieldRef(value_type=FieldType.TIMESTAMP):
            return True
    return type_of(node, keys) is FieldType.TIMESTAMP


def _periods(expression: Expression, keys: Sequence[Key]) -> Periods | None:
    """The periods of a key that is a date function, else ``None``."""
    if not isinstance(expression, KeyRef):
        return None
    match keys[expression.index].expression:
        case DatePart(part):
            return Part(part)
        case DateText(_, form, interval):
            return Text(form, interval)
    return None


def _is_mean_time(node: Expression) -> bool:
    """Whether its values are fractional timestamps: AVG, MEDIAN or PERCENTILE of timestamps."""
    match node:
        case Metric(function=name, field=FieldRef(type=FieldType.TIMESTAMP)):
            return aggregate(name).result is Result.MEAN
    return False


def _unit(node: Expression, keys: Sequence[Key], catalog: Catalog) -> str | None:
    """The unit of its numbers: that of the field whose values they are, sum up or average."""
    match node:
        case FieldRef(table=table, name=name, key=None):
            field = catalog.table(table).get(name)
            return None if field is None else field.unit
        case Metric(function=metric, field=FieldRef() as field):
            is_count = aggregate(metric).result is Result.COUNT
            return None if is_count else _unit(field, keys, catalog)
        case KeyRef(index):
            return _unit(keys[index].expression, keys, catalog)
        case Rounded(operand):
            return _unit(operand, keys, catalog)
        case Calculation("+" | "-", left, right):
            unit = _unit(left, keys, catalog)
            return unit if unit == _unit(right, keys, catalog) else None
    return None


def _is_additive(node: Expression) -> bool:
    """Whether the values of several groups add up to that of all their rows."""
    match node:
        case Metric(function=name):
            return name in _ADDITIVE
    return False


_ADDITIVE = {"ROWS", "COUNT", "SUM"}


def _period(bound: BoundQuery) -> tuple[KeyRef | None, TimeOrder | None]:
    """The date function by which the groups are ordered: the first column of ORDER BY, or else the
    first key (LANGUAGE.md §8)."""
    if not isinstance(bound, GroupQuery) or not bound.keys:
        return None, None
    first = bound.order[0] if bound.order else OrderBy(KeyRef(0), descending=False)
    match first.expression:
        case KeyRef(index) as key:
            if isinstance(bound.keys[index].expression, DatePart | DateText):
                return key, "descending" if first.descending else "ascending"
    return None, None
