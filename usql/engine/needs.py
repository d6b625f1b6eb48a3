"""What a plan needs of the data: the fields it reads, and the metrics of its groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from usql.analysis.bound import (
    Calculation,
    DatePart,
    DateText,
    DistinctList,
    Expression,
    Extreme,
    FieldRef,
    Metric,
    Rounded,
    TopList,
    fields_of,
    tested_fields,
)
from usql.engine.arrays.vectors import nbytes
from usql.engine.groups.grouping import Wanted
from usql.engine.rows.access import Access
from usql.planner.plan import (
    Filter,
    Funnel,
    Group,
    GroupSelect,
    Limit,
    Plan,
    Project,
    Sort,
    TopRows,
)
from usql.planner.rewrite import walk


def fields_read(node: Plan) -> Iterator[FieldRef]:
    """The fields that a node's own parameters name."""
    match node:
        case Filter(condition=condition):
            yield from tested_fields(condition)
        case Funnel(steps=steps):
            for step in steps:
                yield from tested_fields(step.condition)
        case Group(keys=keys):
            for key in keys:
                yield from fields_of(key.expression)
        case Project() | Sort() | TopRows() | GroupSelect():
            for expression in _expressions(node):
                yield from fields_of(expression)
                for metric in metrics_of(expression):
                    yield from _of_metric(metric)


def _of_metric(metric: Metric) -> Iterator[FieldRef]:
    if metric.field is not None:
        yield metric.field
    if metric.where is not None:
        yield from tested_fields(metric.where)


def fields_of_metrics(wanted: Wanted) -> Iterator[FieldRef]:
    """The fields that the metrics of groups read."""
    for metric in (*wanted.first, *wanted.rest):
        yield from _of_metric(metric)


def bytes_of(access: Access, fields: Iterable[FieldRef]) -> int:
    """Bytes of the columns of fields, as they lie in memory without their dictionaries."""
    return sum(nbytes(access.column(field)) for field in fields)


def _expressions(node: Plan) -> Iterator[Expression]:
    match node:
        case Project(columns=columns):
            yield from (c.expression for c in columns)
        case Sort(order=order) | TopRows(order=order):
            yield from (o.expression for o in order)
        case GroupSelect(filters=filters):
            yield from (f.expression for f in filters)


def metrics_of(node: Expression) -> Iterator[Metric]:
    """The metrics in an expression of groups."""
    match node:
        case Metric():
            yield node
        case Calculation(left=left, right=right):
            yield from metrics_of(left)
            yield from metrics_of(right)
        case DatePart(operand=operand) | DateText(operand=operand) | Rounded(operand=operand):
            yield from metrics_of(operand)


def _has_lists(node: Expression) -> bool:
    match node:
        case TopList() | DistinctList() | Extreme():
            return True
        case Calculation(left=left, right=right):
            return _has_lists(left) or _has_lists(right)
        case DatePart(operand=operand) | DateText(operand=operand) | Rounded(operand=operand):
            return _has_lists(operand)
    return False


def wanted_of(plan: Plan) -> Wanted:
    """What a plan will ask of its groups; nothing of a plan without any."""
    first: dict[Metric, None] = {}
    rest: dict[Metric, None] = {}
    lists = False
    most = None
    for node in walk(plan):
        if isinstance(node, Limit):
            most = node.count
        for expression in _expressions(node):
            lists |= _has_lists(expression)
            (rest if isinstance(node, Project) else first).update(
                dict.fromkeys(metrics_of(expression))
            )
    return Wanted(tuple(first), tuple(m for m in rest if m not in first), lists, most)
