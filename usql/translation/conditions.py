"""Conditions, whose logic has two values: a test of a missing value does not hold (LANGUAGE.md §5).

In SQL such a test is null, which AND, OR and WHERE treat as false. Only NOT does not, so its
operand is first made false.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from usql.analysis.bound import (
    AllOf,
    AnyOf,
    Condition,
    FieldRef,
    Matches,
    Negation,
    OneOf,
    Predicate,
    Prefix,
    Present,
    Range,
    Test,
    Value,
)
from usql.catalog import FieldType
from usql.language.literals.like import LikePattern, Wildcard
from usql.translation.addresses import address, order_text
from usql.translation.dialects.dialect import Dialect
from usql.translation.nodes import (
    Node,
    all_of,
    any_of,
    coalesced,
    compare,
    constant,
    negated,
    present,
    text,
    truth,
)

Tested = Callable[[FieldRef, Callable[[Node], Node]], Node]
"""Whether some value of a field passes a test."""


def condition(dialect: Dialect, node: Condition, tested: Tested) -> Node:
    """A condition; null counts as false."""
    match node:
        case Test(field=field, predicate=predicate):
            return tested(field, lambda value: _predicate(dialect, field, predicate, value))
        case Negation(part=part):
            inner = condition(dialect, part, tested)
            return negated(inner if _is_decided(inner) else coalesced(inner, truth(False)))
        case AllOf(parts=parts):
            return all_of(condition(dialect, part, tested) for part in parts)
        case AnyOf(parts=parts):
            return any_of(condition(dialect, part, tested) for part in parts)


def _is_decided(node: Node) -> bool:
    """Whether a condition is never null."""
    return isinstance(node, exp.Boolean | exp.Not | exp.Is | exp.Exists)


def _predicate(dialect: Dialect, field: FieldRef, predicate: Predicate, value: Node) -> Node:
    match predicate:
        case Present() | Range(low=None, high=None):
            # A range without limits is one whose limit lies beyond all values.
            return present(value)
        case Prefix(prefix=prefix):
            return dialect.starts_with(value, text(prefix))
        case Matches(pattern=pattern):
            return _like(value, pattern)
    if field.type is FieldType.IP:
        value = address(dialect, value)
    match predicate:
        case OneOf(values=values):
            return _one_of(value, [_constant(v) for v in values])
        case Range(low=low, high=high, low_closed=low_closed, high_closed=high_closed):
            is_closed = low_closed and high_closed
            if low is not None and high is not None and is_closed:
                return exp.Between(this=value.copy(), low=_constant(low), high=_constant(high))
            limits = []
            if low is not None:
                limits.append(compare(">=" if low_closed else ">", value, _constant(low)))
            if high is not None:
                limits.append(compare("<=" if high_closed else "<", value, _constant(high)))
            return all_of(limits)


def _one_of(value: Node, values: list[Node]) -> Node:
    if not values:
        return truth(False)
    if len(values) == 1:
        return compare("=", value, values[0])
    return exp.In(this=value.copy(), expressions=values)


def _constant(value: Value) -> Node:
    if isinstance(value, tuple):
        return text(order_text(value))
    return constant(value)


_ESCAPE = "!"
_SPECIAL = re.compile(r"[!%_\\]")


def _like(value: Node, pattern: LikePattern) -> Node:
    """A LIKE pattern with its special characters escaped, since engines differ in the meaning of a
    backslash."""
    written, escapes = "", False
    for part in pattern.parts:
        match part:
            case Wildcard.ANY:
                written += "%"
            case Wildcard.ONE:
                written += "_"
            case str():
                escapes |= _SPECIAL.search(part) is not None
                written += re.sub(r"[!%_]", r"!\g<0>", part)
    like = exp.Like(this=value.copy(), expression=text(written))
    return exp.Escape(this=like, expression=text(_ESCAPE)) if escapes else like
