"""EXPLAIN: a plan as a readable tree, the result on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from usql.planner.plan import Plan
from usql.planner.rewrite import walk


def plan_text(plan: Plan, details: Callable[[Plan], Mapping[str, str]] | None = None) -> str:
    """The plan as text: a line per node with its parameters below it, followed by ``details`` of
    the node."""
    lines: list[str] = []
    for depth, node in enumerate(walk(plan)):
        pad = "   " * depth
        lines.append(f"{pad}{'└─ ' if depth else ''}{type(node).__name__}")
        shown = {**node.parameters(), **(details(node) if details else {})}
        lines += [f"{pad}   {'   ' if depth else ''}{k}: {v}" for k, v in shown.items()]
    return "\n".join(lines)
