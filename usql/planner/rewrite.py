"""Walking plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from usql.planner.plan import Plan, Scan


def rewrite(plan: Plan, visit: Callable[[Plan], Plan]) -> Plan:
    """The plan with every node replaced by ``visit(node)``, inputs first; the same object if that
    changes nothing."""
    if not isinstance(plan, Scan):
        below = rewrite(plan.input, visit)
        plan = plan if below is plan.input else replace(plan, input=below)
    return visit(plan)


def walk(plan: Plan) -> Iterator[Plan]:
    """The nodes from the result down to the scan."""
    yield plan
    while not isinstance(plan, Scan):
        plan = plan.input
        yield plan
