"""Rule: the node that makes groups notes what the plan will ask of them."""

from __future__ import annotations

from dataclasses import replace

from usql.analysis.bound import (
    DistinctList,
    Expression,
    Extreme,
    Metric,
    TopList,
    metrics_of,
)
from usql.analysis.bound import (
    walk as inside,
)
from usql.planner.plan import Group, GroupNeeds, Limit, Plan, Project
from usql.planner.rewrite import rewrite, walk


def group_needs(plan: Plan) -> Plan:
    """The plan, with its Group, if it has one, knowing what the nodes above ask for."""
    needs = _needs(plan)

    def visit(node: Plan) -> Plan:
        return replace(node, needs=needs) if isinstance(node, Group) else node

    return rewrite(plan, visit)


def _needs(plan: Plan) -> GroupNeeds:
    first: dict[Metric, None] = {}
    rest: dict[Metric, None] = {}
    lists = False
    most = None
    for node in walk(plan):
        if isinstance(node, Limit):
            most = node.count
        for expression in node.expressions():
            lists |= has_lists(expression)
            metrics = rest if isinstance(node, Project) else first
            metrics.update(dict.fromkeys(metrics_of(expression)))
    return GroupNeeds(tuple(first), tuple(m for m in rest if m not in first), lists, most)


def tables_of(plan: Plan) -> frozenset[str]:
    """The tables of the fields that a plan reads."""
    return frozenset(field.table for node in walk(plan) for field in node.fields())


def has_lists(expression: Expression) -> bool:
    """Whether an expression of groups needs values of their rows that are not metrics."""
    return any(isinstance(part, TopList | DistinctList | Extreme) for part in inside(expression))
