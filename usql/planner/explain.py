"""EXPLAIN: a plan as a readable tree, the result on top."""

from __future__ import annotations

from usql.planner.plan import Plan
from usql.planner.rewrite import walk


def explain(plan: Plan) -> str:
    """The plan as text, a node per line with its parameters below it."""
    lines: list[str] = []
    for depth, node in enumerate(walk(plan)):
        pad = "   " * depth
        lines.append(f"{pad}{'└─ ' if depth else ''}{type(node).__name__}")
        lines += [f"{pad}   {'   ' if depth else ''}{k}: {v}" for k, v in node.parameters().items()]
    return "\n".join(lines)
