"""What the calls in a tree are: the functions that they name."""

from __future__ import annotations

from collections.abc import Iterator

from usql.language import syntax as s
from usql.language.declarations import Form, Function, Over
from usql.language.functions import FUNCTIONS


def function_of(node: s.Node) -> Function | None:
    """The function that a node calls; ``None`` for another node and for a name that is none."""
    return FUNCTIONS.get(node.name) if isinstance(node, s.Call) else None


def has_metric(node: s.Node) -> bool:
    """Whether a metric is part of an item of the select list."""
    return any(found.is_metric for found in _functions(node))


def needs_groups(node: s.Node) -> bool:
    """Whether an item of the select list makes groups of the rows: a metric or TOP in it does."""
    return any(found.over is Over.GROUPS for found in _functions(node))


def is_distinct_count(node: s.Node) -> bool:
    """Whether it is ``COUNT(DISTINCT f)``."""
    found = function_of(node)
    match node:
        case s.Call(arguments=(s.Distinct(),)):
            return found is not None and found.form is Form.COUNT
    return False


def _functions(node: s.Node) -> Iterator[Function]:
    """The functions called by an expression and inside it."""
    return (found for part in s.walk(node) if (found := function_of(part)) is not None)
