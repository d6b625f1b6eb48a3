"""What each part computes for a query of groups.

No part knows which groups the whole data shows, so a part neither cuts nor orders groups. Value
pairs are the largest part of states: if a limit leaves few groups, a second round fetches those of
the shown groups only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from usql.analysis.bound import (
    DateText,
    DistinctList,
    Expression,
    Extreme,
    Metric,
    TopList,
    is_multi,
    type_of,
    walk,
)
from usql.catalog.model import FieldType
from usql.engine.groups.aggregates.aggregate import Node, OfValues
from usql.engine.groups.aggregates.count import EVERY_ROW
from usql.engine.groups.aggregates.registry import aggregate_of, columns_of, is_additive
from usql.engine.groups.aggregates.state import StateColumn
from usql.frozen import dataclass
from usql.planner.keys import GroupKey, KeyOrder
from usql.planner.plan import Group, GroupSelect, Plan, Project, Sort
from usql.planner.rewrite import walk as nodes_of_plan


@dataclass(frozen=True, slots=True)
class Partial:
    """What each part computes: for all its groups by ``keys``, without any cut, the totals of
    ``metrics`` and the value pairs of ``collected``. ``prefixes``: the keys up to which rows are
    counted separately, because a later key multiplies them."""

    keys: tuple[GroupKey, ...]
    metrics: tuple[Metric, ...]
    collected: tuple[Node, ...]
    prefixes: tuple[int, ...]

    @property
    def totals(self) -> tuple[StateColumn, ...]:
        """The columns of the totals; the number of rows is always one of them."""
        return columns_of((EVERY_ROW, *self.metrics))

    @property
    def timed(self) -> tuple[int, ...]:
        """The keys whose earliest time matters."""
        return tuple(i for i, k in enumerate(self.keys) if isinstance(k.expression, DateText))


def group_of(plan: Plan) -> Group:
    """The Group of a plan that has one."""
    return next(node for node in nodes_of_plan(plan) if isinstance(node, Group))


def in_one_round(plan: Plan) -> Partial:
    """Everything that the query needs."""
    return _partial(plan, _nodes_in(plan, (Sort, GroupSelect, Project)))


def first_round(plan: Plan) -> Partial:
    """Everything that determines which groups are shown, and all totals."""
    deciding = _nodes_in(plan, (Sort, GroupSelect))
    every = _nodes_in(plan, (Project,))
    return _partial(plan, [*deciding, *(m for m in every if _is_added(m))])


def second_round(plan: Plan, partial: Partial) -> Partial:
    """The value pairs that the first round left out."""
    rest = [n for n in in_one_round(plan).collected if n not in partial.collected]
    return Partial(partial.keys, (), tuple(rest), ())


def pairs_of(node: Node) -> Node:
    """The node whose value pairs answer a node: nodes that differ only in a percentage, or in how
    many values they show, share them."""
    match node:
        case Metric():
            return replace(node, percent=None)
        case TopList():
            return replace(node, count=0)
    return node


def counts_pairs(node: Node) -> bool:
    """Whether only the number of a node's value pairs matters."""
    aggregate = aggregate_of(node)
    return isinstance(aggregate, OfValues) and aggregate.counts_pairs


def type_of_values(node: Node) -> FieldType:
    """The type of the values in the value pairs of a node."""
    if isinstance(node, Metric):
        assert node.field is not None
        return node.field.type
    if isinstance(node, Extreme) and isinstance(node.operand, DateText):
        return FieldType.TIMESTAMP
    return type_of(node.operand)


def _partial(plan: Plan, nodes: Iterable[Node]) -> Partial:
    keys = tuple(
        GroupKey(key.expression, None, KeyOrder.FREQUENCY, True) for key in group_of(plan).keys
    )
    distinct = dict.fromkeys(nodes)
    metrics = tuple(n for n in distinct if isinstance(n, Metric) and is_additive(n))
    collected = dict.fromkeys(pairs_of(n) for n in distinct if not _is_added(n))
    multiplied = [i for i, key in enumerate(keys) if is_multi(key.expression)]
    prefixes = tuple(range(max(multiplied, default=0)))
    return Partial(keys, metrics, tuple(collected), prefixes)


def _is_added(node: Node) -> bool:
    return isinstance(node, Metric) and is_additive(node)


def _nodes_in(plan: Plan, kinds: tuple[type, ...]) -> list[Node]:
    expressions = (e for n in nodes_of_plan(plan) if isinstance(n, kinds) for e in n.expressions())
    return [node for expression in expressions for node in _nodes_of(expression)]


def _nodes_of(expression: Expression) -> Iterator[Node]:
    for part in walk(expression):
        if isinstance(part, Metric | TopList | DistinctList | Extreme):
            yield part
