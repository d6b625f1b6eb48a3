"""From a query's text and options to a plan that is ready to run, and the cache of such plans.

Whatever can be decided without the rows is decided here, once per text and options. Results are
never kept.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from usql.analysis import BoundQuery, Clock, Profile, analyze
from usql.analysis.bound import (
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
    type_of,
)
from usql.asking import Asked, QueryOptions, Read, asked, runnable
from usql.catalog import Catalog, FieldType
from usql.editor.validation import judge
from usql.frozen import dataclass
from usql.language.declarations import Result
from usql.language.diagnostics import Diagnostic
from usql.language.functions import aggregate
from usql.language.parser import Parsed, parse
from usql.planner import Prepared, prepare
from usql.result import ColumnRole, ResultColumn, TimeOrder
from usql.result.periods import Part, Periods, Text
from usql.store.known import Known

MOST_KEPT = 256
"""Texts whose trees, and texts with options whose plans, are kept: the last ones used."""

LONGEST_KEPT = 20_000
"""Characters of a text; longer ones are read each time, so that what is kept has a bound."""


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A query whose text is ready to run: ``parsed``, with its placeholders replaced, and as what it is
    ``prepared``.

    ``columns`` describe the result,
    ``notes`` say in plain words what shaped the meaning; ``rules`` and ``clock`` are the profile
    and the times that it was bound with.
    """

    parsed: Parsed
    prepared: Prepared
    columns: tuple[ResultColumn, ...]
    notes: tuple[str, ...]
    rules: Profile
    clock: Clock

    @property
    def bound(self) -> BoundQuery:
        """What the query means."""
        return self.prepared.bound


class Preparer:
    """Prepares queries against one catalog; may be called from any number of threads.

    ``span`` is the time that the data covers (``Store.span``). Trees are kept by text, plans by
    text and options. A query that reads ``$NOW`` means something else each time: its tree
    is kept, its plan is not. A refusal is never kept.
    """

    def __init__(self, catalog: Catalog, span: tuple[int, int], read: Read = parse) -> None:
        self._catalog = catalog
        self._span = span
        self._read = read
        self._trees = functools.lru_cache(MOST_KEPT)(read)
        self._plans = functools.lru_cache(MOST_KEPT)(self._prepare)

    def __call__(self, text: str, options: QueryOptions) -> PreparedQuery:
        """Prepare a query; errors are those of :meth:`usql.Sessions.query`."""
        question = asked(text, options, self._span)
        is_short = len(question.text) <= LONGEST_KEPT
        if is_short and "$now" not in question.text.lower():
            return self._plans(question)
        return self._prepare(question)

    @property
    def plans(self) -> functools._CacheInfo:
        """How often a plan was found and made, and how many are kept."""
        return self._plans.cache_info()

    def _prepare(self, question: Asked) -> PreparedQuery:
        text, holes, rules, frame, clock = question
        parsed = (self._trees if len(text) <= LONGEST_KEPT else self._read)(text, holes)
        analysis = analyze(parsed, self._catalog, rules, clock, frame)
        bound = runnable(text, analysis)
        return PreparedQuery(
            parsed,
            prepare(bound, clock.utc_offset),
            _columns(bound),
            analysis.notes,
            rules,
            clock,
        )


def problems(query: PreparedQuery, known: Known) -> tuple[Diagnostic, ...]:
    """The warnings and information about a query that runs, in the order of its text."""
    found = judge(query.parsed, known.catalog, query.rules, query.clock, values=known)
    return tuple(sorted((d for d in found if not d.is_error), key=lambda d: d.span))


def _columns(bound: BoundQuery) -> tuple[ResultColumn, ...]:
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
        return ResultColumn(column.name, role, moment, order, periods, is_mean, column.is_of_star)

    period, time_order = _period(bound)
    return tuple(described(c) for c in bound.columns)


def _is_time(node: Expression, keys: tuple[Key, ...]) -> bool:
    """Whether its values are timestamps, or pairs whose values are."""
    match node:
        case FieldRef(value_type=FieldType.TIMESTAMP):
            return True
    return type_of(node, keys) is FieldType.TIMESTAMP


def _periods(expression: Expression, keys: Sequence[Key]) -> Periods | None:
    """The periods of a key that is a date function."""
    if not isinstance(expression, KeyRef):
        return None
    match keys[expression.index].expression:
        case DatePart(part):
            return Part(part)
        case DateText(_, form, interval):
            return Text(form, interval)
    return None


def _is_mean_time(node: Expression) -> bool:
    """Whether it is a timestamp with decimals: AVG, MEDIAN or PERCENTILE of timestamps."""
    match node:
        case Metric(function=name, field=FieldRef(type=FieldType.TIMESTAMP)):
            return aggregate(name).result is Result.MEAN
    return False


def _period(bound: BoundQuery) -> tuple[KeyRef | None, TimeOrder | None]:
    """The date function in whose order the groups come: what they are ordered by before all else,
    or the first key (LANGUAGE.md §8)."""
    if not isinstance(bound, GroupQuery) or not bound.keys:
        return None, None
    first = bound.order[0] if bound.order else OrderBy(KeyRef(0), descending=False)
    match first.expression:
        case KeyRef(index) as key:
            if isinstance(bound.keys[index].expression, DatePart | DateText):
                return key, "descending" if first.descending else "ascending"
    return None, None
