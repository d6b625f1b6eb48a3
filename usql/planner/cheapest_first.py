"""Rule: cheap tests come first, so that expensive ones may not be needed."""

from __future__ import annotations

from usql.analysis.bound import AllOf, AnyOf, Condition, Matches, Negation, Test
from usql.planner.plan import Filter, Plan
from usql.planner.rewrite import rewrite


def order_tests(plan: Plan) -> Plan:
    """Order the parts of every filter by their cost; parts of equal cost stay in the query's
    order."""

    def visit(node: Plan) -> Plan:
        return Filter(node.input, _ordered(node.condition)) if isinstance(node, Filter) else node

    return rewrite(plan, visit)


def _ordered(node: Condition) -> Condition:
    match node:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return type(node)(tuple(sorted(map(_ordered, parts), key=_cost)))
        case Negation(part=part):
            return Negation(_ordered(part))
    return node


def _cost(node: Condition) -> int:
    """A rough cost: children are several times as many as sessions, and patterns read every
    distinct text."""
    match node:
        case Test(field=field, predicate=predicate):
            return (8 if field.multi else 1) + (4 if isinstance(predicate, Matches) else 0)
        case Negation(part=part):
            return _cost(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return sum(map(_cost, parts))
