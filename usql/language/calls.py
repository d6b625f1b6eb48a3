"""The functions that calls in a tree name."""

from __future__ import annotations

from collections.abc import Iterator

from usql.language import syntax as s
from usql.language.declarations import Form, Function, Over
from usql.language.functions import FUNCTIONS


def function_of(node: s.Node) -> Function | None:
    """The function that a node calls; ``None`` for other nodes and for unknown names."""
    return FUNCTIONS.get(node.name) if isinstance(node, s.Call) else None


def has_metric(node: s.Node) -> bool:
    """Whether a metric is part of an item of the select list."""
    return any(function.is_metric for function in _functions(node))


def needs_groups(node: s.Node) -> bool:
    """Whether an item of the select list causes grouping: a metric or TOP in it does."""
    return any(function.over is Over.GROUPS for function in _functions(node))


def is_distinct_count(node: s.Node) -> bool:
    """Whether it is ``COUNT(DISTINCT f)``."""
    function = function_of(node)
    match node:
        case s.Call(arguments=(s.Distinct(),)):
            return function is not None and function.form is Form.COUNT
    return False


def _functions(node: s.Node) -> Iterator[Function]:
    """The functions called in an expression, at any depth."""
    return (function for part in s.walk(node) if (function := function_of(part)) is not None)
