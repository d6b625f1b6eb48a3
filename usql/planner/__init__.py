"""From a bound query to its plan. The planner chooses how to compute, never what."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from usql.analysis.bound import (
    AllOf,
    AnyOf,
    BoundQuery,
    Condition,
    Expression,
    FunnelQuery,
    GroupQuery,
    Negation,
    RowQuery,
    Timeframe,
    Unjudged,
    metrics_of,
)
from usql.planner.cheapest_first import order_tests
from usql.planner.explain import plan_text
from usql.planner.keys import group_key, key_times
from usql.planner.needs import group_needs, tables_of
from usql.planner.plan import (
    Filter,
    Funnel,
    Group,
    GroupSelect,
    Limit,
    Plan,
    Project,
    Scan,
    Sort,
)
from usql.planner.prepared import Prepared
from usql.planner.simplify import simplify_filters
from usql.planner.top_rows import take_top_rows

__all__ = ["RULES", "Plan", "Prepared", "conditions_of", "plan_of", "plan_text", "prepare"]

RULES: tuple[Callable[[Plan], Plan], ...] = (
    simplify_filters,
    order_tests,
    take_top_rows,
    group_needs,
)
"""The rules in the order in which they are applied."""


def plan_of(query: BoundQuery) -> Plan:
    """The plan of a bound query. ``ValueError`` if one of its conditions was not understood:
    without it the plan would answer a different question."""
    if any(_is_unjudged(condition) for condition in conditions_of(query)):
        raise ValueError("a condition of this query was left out, so it cannot run")
    node = _translate(query)
    for rule in RULES:
        node = rule(node)
    return node


def prepare(query: BoundQuery, utc_offset: int) -> Prepared:
    """The prepared form of a bound query, for a backend to run; errors as in :func:`plan_of`."""
    node = plan_of(query)
    return Prepared(query, node, utc_offset, tables_of(node))


def conditions_of(query: BoundQuery) -> Iterator[Condition]:
    """All conditions of a query: of rows, of steps and of metrics."""
    if query.where is not None:
        yield query.where
    if isinstance(query, FunnelQuery):
        yield from (step.condition for step in query.steps)
        return
    shown: list[Expression] = [x.expression for x in query.columns]
    shown += [x.expression for x in query.order]
    if isinstance(query, GroupQuery):
        shown += [x.expression for x in query.filters]
    for expression in shown:
        for metric in metrics_of(expression):
            if metric.where is not None:
                yield metric.where


def _is_unjudged(condition: Condition) -> bool:
    match condition:
        case Unjudged():
            return True
        case Negation(part=part):
            return _is_unjudged(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return any(map(_is_unjudged, parts))
    return False


def _translate(query: BoundQuery) -> Plan:
    rows = _rows(query.table, query.timeframe, query.where)
    match query:
        case FunnelQuery(steps=steps):
            return Funnel(rows, steps)
        case RowQuery():
            node = Sort(rows, query.order) if query.order else rows
            return Project(_limited(node, query), query.columns)
        case GroupQuery(keys=keys):
            node = Group(rows, tuple(map(group_key, keys)))
            if query.filters:
                node = GroupSelect(node, query.filters, keys)
            return Project(_limited(_sorted_groups(node, query), query), query.columns, keys)


def _rows(table: str, timeframe: Timeframe, where: Condition | None) -> Plan:
    scan = Scan(table, timeframe)
    return scan if where is None else Filter(scan, where)


def _sorted_groups(node: Plan, query: GroupQuery) -> Plan:
    return Sort(node, query.order, query.keys, key_times(query.order, query.keys))


def _limited(node: Plan, query: RowQuery | GroupQuery) -> Plan:
    return node if query.limit is None else Limit(node, query.limit, query.limit_is_default)
