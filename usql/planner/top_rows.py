"""Rule: a limit over sorted rows needs only the first rows, not all in order."""

from __future__ import annotations

from usql.planner.plan import Group, GroupSelect, Limit, Plan, Sort, TopRows
from usql.planner.rewrite import rewrite


def take_top_rows(plan: Plan) -> Plan:
    """Limit(Sort(rows)) becomes TopRows; groups are few and stay as they are."""

    def visit(node: Plan) -> Plan:
        match node:
            case Limit(input=Sort(input=rows, order=order)) if not isinstance(
                rows, Group | GroupSelect
            ):
                return TopRows(rows, order, node.count, node.is_default)
        return node

    return rewrite(plan, visit)
